"""Fixes of services: what is left of an object that a setting is taken out of."""

import json
from typing import Any

import pytest

from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.fixes import unset
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.mesh.view import View
from tests.edits import mesh


@pytest.mark.parametrize(
    ("policy", "removed"),
    [
        ({"tls": {"mode": "DISABLE"}}, [""]),
        ({"tls": {"mode": "DISABLE"}, "loadBalancer": {}}, ["/tls"]),
        ({"tls": {}, "portLevelSettings": [{"port": {"number": 1}, "tls": {}}]}, [""]),
        (
            {"loadBalancer": {}, "tls": {}, "portLevelSettings": [{"port": {"number": 1}, "tls": {}}]},
            ["/portLevelSettings", "/tls"],
        ),
        (
            {"portLevelSettings": [{"port": {}, "tls": {}}, {"port": {}, "tls": {}, "loadBalancer": {}}, {"port": {}}]},
            ["/portLevelSettings/1/tls", "/portLevelSettings/0"],
        ),
        ({"tls": {}, "portLevelSettings": [{"port": {}, "loadBalancer": {}}]}, ["/tls"]),
    ],
)
def test_setting_is_taken_out_with_what_it_would_leave_empty(policy: dict[str, Any], removed: list[str]) -> None:
    rule = destination_rule("name", "space", {"host": "host", "trafficPolicy": policy})
    step = unset(View(mesh("healthy-multi-network")), "cluster1", rule, "tls", say("why"))

    checked, *patch = json.loads(str(step.shell.pipeline[0][-1]))
    assert checked == {"op": "test", "path": "/spec/host", "value": "host"}
    found = [one for one in patch if one["op"] != "test"]
    assert found == [{"op": "remove", "path": f"/spec/trafficPolicy{path}"} for path in removed]
    assert patch[0]["path"].startswith(f"/spec/trafficPolicy{removed[0]}")

"""Steps: what made a pod, and what is left of an object that a setting is taken out of."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.remedies import owner, unset
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.view import View
from tests.edits import mesh

POD = istiods(View(mesh("healthy-multi-network")), "cluster1")[0]


@pytest.mark.parametrize(
    ("name", "labels", "made_by"),
    [
        ("istiod-75d47bd5b9-zbgkk", {"pod-template-hash": "75d47bd5b9"}, "deployment/istiod"),
        ("istiod-0", {"statefulset.kubernetes.io/pod-name": "istiod-0"}, "statefulset/istiod"),
        ("istiod-x2k7p", {"controller-revision-hash": "6d4cf56db6"}, "daemonset/istiod"),
    ],
)
def test_owner_is_told_by_labels_of_its_controller(name: str, labels: dict[str, str], made_by: str) -> None:
    assert owner(replace(POD, name=name, labels=labels)) == made_by


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
    step = unset(View(mesh("healthy-multi-network")), "cluster1", rule, "tls", "why")

    patch = json.loads(shlex.split(step.command)[-1])
    assert patch == [{"op": "remove", "path": f"/spec/trafficPolicy{path}"} for path in removed]

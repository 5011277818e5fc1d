"""SNIs that a DestinationRule sets: for the host, a port, a subset; called or not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.networks import client_sni
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, more

HEALTHY = mesh("healthy-multi-network")
TLS = {"tls": {"mode": "ISTIO_MUTUAL", "sni": "other.example.com"}}


def found(subset: str = "", **spec: Any) -> Finding:
    """Return what is said of one DestinationRule where the client's Envoy has called what it names `subset`."""
    rule = destination_rule("rule", "sample", {"host": "helloworld.sample.svc.cluster.local", **spec})
    snap = changed(HEALTHY, ISTIO_CONFIG, "cluster1", more(rule, part="destination_rules"))
    if subset:
        snap = changed(snap, PROXY_ENDPOINTS, "cluster1", each(lambda one: replace(one, subset=subset)))
    (one,) = client_sni.run(View(snap), Pair("cluster1", "cluster2"))
    assert isinstance(one, Finding)
    return one


@pytest.mark.parametrize(
    ("spec", "place", "status"),
    [
        ({"trafficPolicy": TLS}, "/spec/trafficPolicy/tls/sni", Status.FAIL),
        (
            {"trafficPolicy": {"portLevelSettings": [{"port": {"number": 5000}, **TLS}]}},
            "/spec/trafficPolicy/portLevelSettings/0/tls/sni",
            Status.FAIL,
        ),
        (
            {"trafficPolicy": {"portLevelSettings": [{"port": {"number": 7}}, {"port": {"number": 9}, **TLS}]}},
            "/spec/trafficPolicy/portLevelSettings/1/tls/sni",
            Status.WARN,
        ),
        (
            {"subsets": [{"name": "v1"}, {"name": "v2", "trafficPolicy": TLS}]},
            "/spec/subsets/1/trafficPolicy/tls/sni",
            Status.WARN,
        ),
    ],
    ids=["host", "port that is called", "another port", "subset that nobody calls"],
)
def test_sni_is_taken_out_of_its_place(spec: dict[str, Any], place: str, status: Status) -> None:
    finding = found(**spec)
    (step,) = finding.fix

    assert finding.status is status
    assert json.loads(str(step.shell.pipeline[0][-1])) == [
        {"op": "test", "path": place, "value": "other.example.com"},
        {"op": "remove", "path": place},
    ]
    assert ("Nobody in cluster1 has called it yet" in str(finding.detail)) is (status is Status.WARN)


def test_sni_of_a_subset_that_is_called_is_a_failure() -> None:
    finding = found("v2", subsets=[{"name": "v2", "trafficPolicy": TLS}])

    assert finding.status is Status.FAIL
    assert str(finding.detail).startswith("Calls to helloworld.sample, subset v2, carry SNI other.example.com")

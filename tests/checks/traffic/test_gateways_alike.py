"""Two addresses of a network, of which one takes no connection: whose they are decides what may be done."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.traffic import gateways_alike
from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.networks.gateways import NODE_SELECTOR
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

DEAD, ALIVE = "172.31.0.68", "172.31.0.61"


def found(**fields: Any) -> Finding:
    """Return what is said where the Service of the dead address has other fields, and nodes have both addresses."""
    edge = each(lambda node: replace(node, labels={"pool": "edge"}, external_ips=(DEAD, ALIVE)), "nodes")
    service = each(only("second-eastwestgateway", **fields), "services")
    edited = changed(changed(mesh("gateway-second-dead"), RESOURCES, "cluster2", service), RESOURCES, "cluster2", edge)
    (one,) = gateways_alike.run(View(edited), Pair("cluster1", "cluster2"))
    assert isinstance(one, Finding)
    return one


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "NodePort", "ingress": (), "annotations": {NODE_SELECTOR: '{"pool": "edge"}'}},
        {"ingress_hosts": ("gateway.example.com",)},
        {"ingress": (DEAD,), "external_ips": (ALIVE,)},
    ],
    ids=["two nodes", "a host name", "a balancer and externalIPs"],
)
def test_service_that_may_have_the_address_that_answers_keeps_its_label(fields: dict[str, Any]) -> None:
    finding = found(**fields)

    assert str(finding.problem).startswith(f"{DEAD}:15443, a gateway of network2")
    assert not finding.fix
    assert f"allow connections from the nodes of cluster1 to {DEAD}:15443" in str(finding.advice)


def test_service_of_the_dead_address_alone_is_taken_out() -> None:
    (step,) = found().fix

    assert "second-eastwestgateway" in step.command

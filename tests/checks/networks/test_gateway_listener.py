"""A port that several Gateways share: what stays, and what is taken out."""

import json
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.networks import gateway_listener
from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Gateway, GatewayServer
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, changed, mesh, only

TWICE = mesh("exposure-twice-restarted")
PORT = GatewayServer(15443, "TLS", "AUTO_PASSTHROUGH", ("*.local",))
HTTPS = GatewayServer(443, "HTTPS", "SIMPLE", ("shop.example.com",))


def found(change: Change) -> Finding:
    """Return what is said of the mesh with other Gateways in cluster2."""
    edited = changed(
        TWICE, ISTIO_CONFIG, "cluster2", lambda told: replace(told, gateways=tuple(map(change, told.gateways)))
    )
    (one,) = gateway_listener.run(View(edited), Pair("cluster1", "cluster2"))
    assert isinstance(one, Finding)
    return one


def operations(finding: Finding) -> list[dict[str, object]]:
    (step,) = finding.fix
    return list(json.loads(str(step.shell.pipeline[0][-1])))


def test_gateway_that_serves_443_as_well_keeps_it() -> None:
    finding = found(only("second-gateway", servers=(HTTPS, PORT)))

    assert finding.fix[0].marks == {Mark.DISRUPTIVE}
    assert operations(finding) == [
        {"op": "test", "path": "/spec/servers/1/port/number", "value": 15443},
        {"op": "test", "path": "/spec/servers/1/hosts", "value": ["*.local"]},
        {"op": "remove", "path": "/spec/servers/1"},
    ]


def test_servers_of_one_gateway_are_taken_out_last_first() -> None:
    finding = found(only("second-gateway", servers=(PORT, HTTPS, replace(PORT, hosts=("*.sample.svc.cluster.local",)))))

    assert [part["path"] for part in operations(finding) if part["op"] == "remove"] == [
        "/spec/servers/2",
        "/spec/servers/0",
    ]


def test_gateway_with_nothing_else_goes() -> None:
    (step,) = found(only("second-gateway", servers=(PORT, PORT))).fix

    assert step.command.split()[-3:] == ["\\", "gateways.networking.istio.io", "second-gateway"]
    assert step.marks == {Mark.DISRUPTIVE, Mark.DELETES}


def narrow(gateway: Gateway) -> Gateway:
    return replace(gateway, servers=(replace(PORT, hosts=("*.sample.svc.cluster.local",)),))


def test_no_gateway_goes_where_none_exposes_all_services() -> None:
    finding = found(narrow)

    assert not finding.fix
    assert "each host is in one of these Gateways only" in str(finding.advice)


def test_gateway_that_serves_other_pods_as_well_stays() -> None:
    """The one that selects more pods is kept, whatever its place."""
    (step,) = found(only("second-gateway", selector={}, servers=(PORT,))).fix

    assert step.command.split()[-1] == "cross-network-gateway"


def test_server_that_does_not_pass_through_is_left() -> None:
    finding = found(only("second-gateway", servers=(replace(PORT, tls_mode="PASSTHROUGH"),)))

    assert not finding.fix

"""Which services a gateway takes calls for: by hosts, port and domain, and what is created where it takes none."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.networks import fixes, gateway_exposure
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS, ISTIO_CONFIG, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import GatewayServer
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposures import Exposure
from kubectl_mcdiag.mesh.networks.gateways import PORT_LABEL
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
NARROW = mesh("healthy-narrow-exposure")
CONTEXT, PAIR = "cluster2", Pair("cluster1", "cluster2")
BACK = Pair("cluster2", "cluster1")


def exposing(hosts: tuple[str, ...], port: int = 15443, snap: Snapshot = HEALTHY, **fields: Any) -> Snapshot:
    """Return the mesh whose Gateways in cluster2 have one server with these hosts."""
    server = GatewayServer(port, "TLS", "AUTO_PASSTHROUGH", hosts)
    change = each(lambda gateway: replace(gateway, servers=(server,), **fields), "gateways")
    return changed(snap, ISTIO_CONFIG, CONTEXT, change)


def found(snap: Snapshot, pair: Pair = PAIR) -> list[Finding]:
    return list(gateway_exposure.run(View(snap), pair))


def body(finding: Finding) -> Any:
    """Return the manifest or the patch of the only step."""
    (step,) = finding.fix
    return json.loads(next(str(word) for word in step.shell.pipeline[0] if str(word)[0] in "[{"))


@pytest.mark.parametrize(
    "hosts",
    [
        ("*",),
        ("*.svc.cluster.local",),
        ("*.sample.svc.cluster.local",),
        ("sample/*.local",),
        ("curl.sample.svc.cluster.local", "helloworld.sample.svc.cluster.local"),
    ],
)
def test_hosts_that_mean_the_services_that_cross_are_enough(hosts: tuple[str, ...]) -> None:
    assert found(exposing(hosts)) == []


def test_service_that_is_called_and_not_exposed_fails_alone() -> None:
    (finding,) = found(exposing(("curl.sample.svc.cluster.local",)))

    assert (finding.status, finding.scope.service) == (Status.FAIL, "helloworld.sample")
    assert body(finding)[1]["value"] == ["curl.sample.svc.cluster.local", "helloworld.sample.svc.cluster.local"]


def test_service_that_nobody_calls_is_a_note() -> None:
    (finding,) = found(NARROW, BACK)

    assert (finding.status, finding.scope.services, finding.fix) == (Status.NOTE, ("curl.sample",), ())
    assert "No client in cluster2 has called it" in str(finding.detail)


def test_hosts_are_added_no_wider_than_needed() -> None:
    """The other cluster exposes a few services, so this one is not opened for all."""
    hidden = exposing(("*.example.com",), snap=NARROW)
    few = changed(NARROW, ISTIO_CONFIG, "cluster1", each(lambda one: replace(one, servers=()), "gateways"))

    (finding,) = found(exposing(("*.example.com",), snap=few))
    assert body(finding)[1]["value"] == [
        "*.example.com",
        "curl.sample.svc.cluster.local",
        "helloworld.sample.svc.cluster.local",
    ]
    assert found(hidden)[0].status is Status.FAIL


def test_many_services_are_added_by_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_exposure, "FEW", 1)
    (finding,) = found(exposing(("*.example.com",), snap=NARROW))

    assert body(finding)[1]["value"] == ["*.example.com", "*.sample.svc.cluster.local"]


def of_domain(snap: Snapshot, domain: str) -> Snapshot:
    """Return the mesh whose istiods know services by another domain."""

    def renamed(shard: Any) -> Any:
        return replace(shard, host=shard.host.replace(".svc.cluster.local", f".svc.{domain}"))

    for context in snap.contexts:
        snap = changed(snap, ENDPOINT_SHARDS, context, each(renamed))
    return snap


def test_domain_of_the_cluster_decides_what_hosts_mean() -> None:
    own = of_domain(HEALTHY, "corp.internal")

    assert found(of_domain(exposing(("*.corp.internal",)), "corp.internal")) == []
    (finding,) = found(own)
    assert "exposes only *.local" in str(finding.detail)
    assert body(finding)[1]["value"][-1].endswith(".sample.svc.corp.internal")
    without = changed(own, ISTIO_CONFIG, CONTEXT, lambda told: replace(told, gateways=()))
    assert body(found(without)[0])["spec"]["servers"][0]["hosts"] == ["*.corp.internal"]


def test_hosts_are_not_judged_where_the_domain_is_not_known() -> None:
    unread = {key: one for key, one in HEALTHY.observations.items() if key[0] != ENDPOINT_SHARDS.key}

    assert found(replace(HEALTHY, observations=unread)) == []
    with pytest.raises(Unavailable):
        found(exposing(("*.example.com",), snap=replace(HEALTHY, observations=unread)))


def at_port(port: int, snap: Snapshot) -> Snapshot:
    """Return the mesh whose gateway in cluster2 is called on another port."""

    def moved(service: Any) -> Any:
        if "eastwest" not in service.name:
            return service
        ports = tuple(replace(one, port=port) if one.port == 15443 else one for one in service.ports)
        return replace(service, labels={**service.labels, PORT_LABEL: str(port)}, ports=ports)

    return changed(snap, RESOURCES, CONTEXT, each(moved, "services"))


@pytest.mark.parametrize("port", [8443, 15443])
def test_server_is_sought_at_the_port_of_the_gateway_or_of_its_pods(port: int) -> None:
    assert found(at_port(8443, exposing(("*.local",), port))) == []


def test_server_at_another_port_exposes_nothing() -> None:
    (finding,) = found(at_port(8443, exposing(("*.local",), 443)))

    assert "No Gateway has a server on port 8443" in str(finding.detail)
    assert body(finding)["spec"]["servers"][0]["port"]["number"] == 8443


def test_gateway_that_serves_another_gateway_is_left_and_another_created() -> None:
    """cross-network-gateway selects what only another cluster's gateway has: taking its selector would break that."""
    shared = mesh("exposure-first-cluster-only")
    finding = next(one for pair in (PAIR, BACK) for one in found(shared, pair))

    assert "has." in str(finding.detail)
    assert body(finding)["metadata"]["name"] == "cross-network-gateway-2"


def test_gateway_of_the_guide_that_selects_nothing_is_corrected() -> None:
    (finding,) = found(exposing(("*.local",), selector={"app": "gone"}))

    assert body(finding) == [
        {"op": "test", "path": "/spec/selector", "value": {"app": "gone"}},
        {"op": "add", "path": "/spec/selector", "value": {"istio": "eastwestgateway"}},
    ]


def test_server_of_another_mode_is_corrected_in_its_place() -> None:
    near = Exposure("gateway", "edge", {}, GatewayServer(15443, "TLS", "PASSTHROUGH", ("*",)), 3)
    step = fixes.pass_through(View(HEALTHY), CONTEXT, near, gateway_exposure.say("why"))

    assert "/spec/servers/3/tls" in str(step.shell)


def test_gateway_without_pods_is_not_judged() -> None:
    other = changed(HEALTHY, RESOURCES, CONTEXT, each(only("istio-eastwestgateway", selector={"app": "x"}), "services"))

    assert found(other) == []


def test_nothing_crosses_and_nothing_is_exposed() -> None:
    bare = changed(HEALTHY, ISTIO_CONFIG, CONTEXT, lambda told: replace(told, gateways=()))
    idle = changed(bare, RESOURCES, CONTEXT, lambda told: replace(told, endpoint_slices=()))

    assert [one.status for one in found(idle)] == [Status.FAIL]

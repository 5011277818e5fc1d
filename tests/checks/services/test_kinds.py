"""What is wrong in a mesh and what only looks like it, in ways that no recording has."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.services import (
    authorization_agrees,
    backends_injected,
    endpoints_given,
    endpoints_ready,
    endpoints_through_gateway,
    pods_injected,
    service_kinds,
)
from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PODS, PROXY_ENDPOINTS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import authorization_policy
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import pods, services
from kubectl_mcdiag.mesh.access.injection import bare_pods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.authorization import spelt
from kubectl_mcdiag.mesh.services.endpoints import ready, subjects
from kubectl_mcdiag.mesh.services.mutual_tls import peer_mode
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, more

HEALTHY = mesh("healthy-multi-network")
BARE = mesh("backends-without-sidecar")
PAIR = Pair("cluster1", "cluster2")
NAME = "helloworld.sample"


def both(snap: Snapshot, command: Any, change: Any) -> Snapshot:
    return changed(changed(snap, command, "cluster1", change), command, "cluster2", change)


def platform(snap: Snapshot = HEALTHY) -> Snapshot:
    """Return the mesh in which a namespace without sidecars has a Service that is headless in cluster1 alone."""
    service = replace(services(View(HEALTHY), "cluster1")[NAME], namespace="monitoring", name="metrics")
    here = changed(snap, RESOURCES, "cluster1", more(replace(service, cluster_ip="None"), part="services"))
    return changed(here, RESOURCES, "cluster2", more(service, part="services"))


def test_service_that_nobody_in_the_mesh_serves_is_not_judged() -> None:
    assert "metrics.monitoring" not in subjects(View(platform()), "cluster1", "cluster2")
    assert list(service_kinds.run(View(platform()), PAIR)) == []


def test_service_that_was_named_is_judged_all_the_same() -> None:
    asked = replace(platform(), settings=replace(HEALTHY.settings, services=("metrics.monitoring",)))

    assert [found.scope.service for found in service_kinds.run(View(asked), PAIR)] == ["metrics.monitoring"]


def test_gateways_are_recognised_by_their_pods() -> None:
    def as_gateway(pod: Pod) -> Pod:
        return replace(pod, containers=("istio-proxy",)) if pod.labels.get("app") == "helloworld" else pod

    assert NAME in subjects(View(HEALTHY), "cluster1", "cluster2")
    assert NAME not in subjects(View(both(HEALTHY, PODS, each(as_gateway))), "cluster1", "cluster2")


def test_pod_that_serves_nothing_is_a_warning_that_explains_only_itself() -> None:
    model = next(pod for pod in pods(View(BARE), "cluster2") if not pod.is_injected)
    alone = replace(model, name="alone", namespace="sample", labels={"run": "alone"}, inject="")
    snap = changed(HEALTHY, PODS, "cluster2", lambda found: (*found, alone))

    (found,) = pods_injected.run(View(snap), "cluster2")

    assert (found.status, found.scope.workload, found.fix) == (Status.WARN, "alone.sample", ())
    assert "delete it and create it again" in str(found.advice)


@pytest.mark.parametrize(("inject", "number"), [("", 1), ("true", 1), ("yes", 1), ("false", 0), ("no", 0), ("0", 0)])
def test_pod_opts_out_by_whatever_is_no_yaml_for_true(inject: str, number: int) -> None:
    model = next(pod for pod in pods(View(BARE), "cluster2") if not pod.is_injected)
    one = replace(model, name="one", namespace="sample", labels={"run": "one"}, inject=inject)
    snap = changed(HEALTHY, PODS, "cluster2", lambda found: (*found, one))

    assert len(bare_pods(View(snap), "cluster2")) == number


def without_sidecar(**fields: Any) -> Finding:
    """Return what is found of backends without a sidecar that are like this."""
    bare = changed(BARE, PODS, "cluster2", each(lambda pod: pod if pod.is_injected else replace(pod, **fields)))
    return next(found for found in backends_injected.run(View(bare), PAIR) if found.scope.service == NAME)


def test_pods_on_the_host_network_get_advice_and_no_restart() -> None:
    found = without_sidecar(is_on_host_network=True)

    assert found.fix == ()
    assert "is on the host network, where Istio injects no sidecar" in str(found.advice)


def test_proxyless_pods_want_the_label() -> None:
    found = without_sidecar(containers=("app", "istio-proxy"), environment={"ISTIO_META_GENERATOR": "grpc"})

    assert str(found.problem) == "No ready pod of helloworld.sample in cluster2 carries the label " + (
        "security.istio.io/tlsMode=istio"
    )
    assert found.fix == ()
    assert "gRPC's credentials" in str(found.advice)


def test_address_that_pods_of_both_clusters_have_says_nothing() -> None:
    overlapping = mesh("gateway-no-label")
    there = ready(View(overlapping), "cluster2", NAME)[0]

    def same(slices: Any) -> Any:
        if slices.service != "helloworld":
            return slices
        return replace(slices, endpoints=tuple(replace(one, address=there.address) for one in slices.endpoints))

    snap = changed(overlapping, RESOURCES, "cluster1", each(same, "endpoint_slices"))
    told = [found.scope.service for found in endpoints_through_gateway.run(View(snap), PAIR)]
    lacking = [found.scope.service for found in endpoints_given.run(View(snap), PAIR)]

    assert NAME in [found.scope.service for found in endpoints_through_gateway.run(View(overlapping), PAIR)]
    assert (NAME in told, NAME in lacking) == (False, True)


ROOT, OWN = "istio-system", "sample"
V2 = {"version": "v2"}


def policy(mode: str, created: str = "", space: str = OWN, name: str = "x", **more_of_it: Any) -> PeerAuthentication:
    labels, ports = more_of_it.get("labels", {}), more_of_it.get("ports", {})
    return PeerAuthentication(name, space, labels, mode, ports, created)


@pytest.mark.parametrize(
    ("policies", "mode"),
    [
        ((), "PERMISSIVE"),
        ((policy("DISABLE", space=ROOT),), "DISABLE"),
        ((policy("DISABLE", space=ROOT), policy("STRICT")), "STRICT"),
        ((policy("DISABLE", space=ROOT), policy("UNSET")), "DISABLE"),
        ((policy("DISABLE", space=ROOT, labels=V2),), "PERMISSIVE"),
        ((policy("DISABLE", labels=V2),), "DISABLE"),
        ((policy("DISABLE", labels={"version": "v9"}),), "PERMISSIVE"),
        ((policy("DISABLE", "2026-02-01T00:00:00Z"), policy("STRICT", "2026-01-01T00:00:00Z", name="y")), "STRICT"),
        ((policy("DISABLE", name="b"), policy("STRICT", name="a")), "STRICT"),
        ((policy("STRICT", labels=V2, ports={"5000": "DISABLE"}),), "DISABLE"),
        ((policy("STRICT", labels=V2, ports={"5000": "UNSET"}),), "STRICT"),
        ((policy("", labels=V2, ports={"5001": "DISABLE"}), policy("STRICT")), "STRICT"),
    ],
)
def test_peer_authentication_is_composed_as_istio_does(policies: tuple[PeerAuthentication, ...], mode: str) -> None:
    """Cases of Istio's TestComposePeerAuthentication, as values."""
    snap = changed(HEALTHY, ISTIO_CONFIG, "cluster2", lambda found: replace(found, peer_authentications=policies))
    view = View(snap)
    pod = next(pod for pod in pods(view, "cluster2") if V2.items() <= pod.labels.items())

    assert peer_mode(view, "cluster2", pod, 5000)[0] == mode


@pytest.mark.parametrize(
    ("principal", "domains", "wanted"),
    [
        ("td1/ns/foo/sa/bar", ("td1",), ("td1/ns/foo/sa/bar",)),
        ("td1/ns/foo/sa/bar", ("td2", "td1"), ("td2/ns/foo/sa/bar", "td1/ns/foo/sa/bar")),
        ("cluster.local/ns/foo/sa/bar", ("td1", "td2"), ("td1/ns/foo/sa/bar", "td2/ns/foo/sa/bar")),
        ("other/ns/foo/sa/bar", ("td1", "td2"), ("other/ns/foo/sa/bar",)),
        ("*/ns/foo/sa/bar", ("td1", "td2"), ("*/ns/foo/sa/bar",)),
        ("*-td/ns/foo/sa/bar", ("old-td", "new"), ("*-td/ns/foo/sa/bar", "new/ns/foo/sa/bar")),
        ("*", ("td1",), ("*",)),
        ("td1/*", ("td1", "td2"), ("td1/*",)),
    ],
)
def test_principals_are_spelt_as_istio_does(principal: str, domains: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Cases of Istio's TestReplaceTrustDomainAliases, as values."""
    assert spelt(principal, domains) == wanted


def refusing(own: dict[str, Any]) -> Finding:
    """Return what is found where cluster2 lets nobody in and cluster1 has this policy."""
    strict = authorization_policy("nobody", "sample", {"selector": {"matchLabels": {"app": "helloworld"}}})
    lenient = authorization_policy("some", "sample", {"selector": {"matchLabels": {"app": "helloworld"}}, **own})
    snap = changed(HEALTHY, ISTIO_CONFIG, "cluster2", more(strict, part="authorization_policies"))
    snap = changed(snap, ISTIO_CONFIG, "cluster1", more(lenient, part="authorization_policies"))
    (found,) = authorization_agrees.run(View(snap), PAIR)
    return found


def test_client_is_let_in_no_further_than_elsewhere() -> None:
    everything = refusing({"rules": [{"from": [{"source": {"namespaces": ["sample"]}}]}]})
    health_alone = refusing({"rules": [{"to": [{"operation": {"methods": ["GET"], "paths": ["/health"]}}]}]})
    not_admin = refusing({"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/admin"]}}]}]})

    assert [step.marks for step in everything.fix] == [frozenset({Mark.WIDENS})]
    assert (health_alone.fix, not_admin.fix) == ((), ())
    assert "so that it may do the same there, and no more" in str(health_alone.advice)


def test_workload_at_zero_that_another_cluster_answers_for_is_a_note() -> None:
    (found,) = endpoints_ready.run(View(mesh("endpoints-down")), Pair("cluster2", "cluster1"))

    assert (found.status, found.scope.pairs) == (Status.NOTE, ())
    assert str(found.problem) == "helloworld.sample is scaled to 0 in cluster1 and served by cluster2"


def test_client_that_has_no_envoy_is_not_looked_through() -> None:
    grpc = {"ISTIO_META_GENERATOR": "grpc"}
    snap = changed(HEALTHY, PODS, "cluster1", each(lambda pod: replace(pod, environment={**pod.environment, **grpc})))

    assert list(endpoints_given.run(View(snap), PAIR)) == []
    assert list(endpoints_given.run(View(changed(HEALTHY, PROXY_ENDPOINTS, "cluster1", lambda _: ())), PAIR)) != []

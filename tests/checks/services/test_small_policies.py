"""Policies that keep calls local or refuse them, and services that are not what they seem, in small meshes."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.ambient import ambient_sidecars
from kubectl_mcdiag.checks.discovery import local_istiod
from kubectl_mcdiag.checks.services import (
    namespace_sameness,
    network_policy,
    peer_authentication,
    service_kinds,
    subset_backed,
)
from kubectl_mcdiag.checks.traffic import cluster_local, headless_across_networks, node_local
from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import network_policy as parsed
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import virtual_service
from kubectl_mcdiag.mesh.services.mutual_tls import peer_mode
from tests import made
from tests.checks.small import BACK, INJECTING, PAIR, WEB, mesh, only, told

TLS = "security.istio.io/tlsMode"
GATEWAY = made.service("gw.istio-system", {"app": "gw"}, 15443, labels={made.NETWORK: "y"}, ingress=("172.0.0.1",))


def web(address: str = "10.1.0.1", *, labels: Any = None, **changes: Any) -> list[Any]:
    """Return web with one pod that takes mutual TLS."""
    service, ends, pod = made.served("web", address)
    return [INJECTING, replace(service, **changes), ends, replace(pod, labels={**WEB, TLS: "istio", **(labels or {})})]


def peer(name: str, mode: str = "", selector: Any = None, **ports: str) -> PeerAuthentication:
    called, space = made.named(name)
    return PeerAuthentication(
        called, space, selector or {}, mode, {key.strip("_"): value for key, value in ports.items()}
    )


@pytest.mark.parametrize(
    ("policies", "wanted", "author"),
    [
        ([], "PERMISSIVE", None),
        ([peer("p", "DISABLE")], "DISABLE", "p"),
        ([peer("p.bank", "DISABLE")], "PERMISSIVE", None),
        ([peer("root.istio-system", "STRICT")], "STRICT", "root"),
        ([peer("root.istio-system", "STRICT"), peer("p", "DISABLE")], "DISABLE", "p"),
        ([peer("root.istio-system", "STRICT"), peer("p", "UNSET")], "STRICT", "root"),
        ([peer("p", "STRICT"), peer("own", "DISABLE", WEB)], "DISABLE", "own"),
        ([peer("p", "STRICT"), peer("own", "", WEB)], "STRICT", "p"),
        ([peer("p", "STRICT"), peer("own", "DISABLE", {"app": "other"})], "STRICT", "p"),
        ([peer("p", "STRICT"), peer("own", "STRICT", WEB, _80="DISABLE")], "DISABLE", "own"),
        ([peer("p", "STRICT"), peer("own", "STRICT", WEB, _81="DISABLE")], "STRICT", "own"),
        ([peer("p", "STRICT"), peer("own", "STRICT", WEB, _80="UNSET")], "STRICT", "own"),
    ],
)
def test_mutual_tls_is_switched_by_the_narrowest_policy(policies: list[Any], wanted: str, author: str | None) -> None:
    mode, found = peer_mode(mesh([*policies]), "a", made.pod("web-0", WEB), 80)

    assert (mode, found.name if found else None) == (wanted, author)


@pytest.mark.parametrize(
    ("policy", "status", "words", "path"),
    [
        (peer("p", "DISABLE"), "fail", "namespace shop", "/spec/mtls/mode"),
        (peer("p.istio-system", "DISABLE"), "fail", "the whole mesh", "/spec/mtls/mode"),
        (peer("p", "DISABLE", WEB), "fail", "pods with app=web", "/spec/mtls/mode"),
        (peer("p", "", WEB, _80="DISABLE"), "fail", "port 80 of pods with app=web", "/spec/portLevelMtls/80/mode"),
        (peer("p", "DISABLE", {"v": "1"}), "warn", "pods with v=1", "/spec/mtls/mode"),
    ],
)
def test_policy_that_switches_mutual_tls_off_is_named_with_its_reach(
    policy: Any, status: str, words: str, path: str
) -> None:
    other = replace(web(labels={"v": "1"})[3], name="web-1", addresses=("10.2.0.2",))
    ends = made.endpoints("web", made.endpoint("10.2.0.2", "web-1"))
    there = [GATEWAY, *web("10.2.0.1"), *([other, ends] if status == "warn" else []), policy]
    found = only(peer_authentication, mesh(web(), there))

    assert found.status.value == status
    assert words in found.headline
    assert path in str(found.fix[0].shell)
    assert ("portLevelMtls" in found.evidence[0].excerpt) is ("port 80" in words)


def closing(*rules: Any, name: str = "p", kind: str = "Ingress") -> Any:
    called, space = made.named(name)
    spec = {"podSelector": {}, "policyTypes": [kind], kind.lower(): list(rules)}
    return parsed({"metadata": {"name": called, "namespace": space}, "spec": spec})


GATEWAY_POD = made.gateway("gw-0.istio-system", {"app": "gw"})
UNCALLED = {"a": {(PROXY_ENDPOINTS, f"{name}.shop"): () for name in ("client", "web-0")}}
CLIENT = made.pod("client", {"app": "client"}, addresses=("10.1.0.9",))


@pytest.mark.parametrize(
    ("here", "there", "networks", "words", "service"),
    [
        ([], [closing()], "xx", "web.shop", "web.shop"),
        ([], [closing(name="p.istio-system")], "xy", "its east-west gateway", ""),
        ([closing(kind="Egress")], [], "xx", "web.shop in b", "web.shop"),
        ([closing(kind="Egress")], [], "xy", "the gateway of b", ""),
    ],
)
def test_policy_is_said_with_what_it_closes(here: Any, there: Any, networks: str, words: str, service: str) -> None:
    near, far = [INJECTING, web()[1], CLIENT, *here], [*web("10.2.0.1"), GATEWAY, GATEWAY_POD, *there]
    found = only(network_policy, mesh(near, far, networks=(*networks, "z"), more=UNCALLED))

    assert words in found.headline
    assert (found.status.value, found.scope.service) == ("warn", service)
    assert found.scope.workload == ("client.shop" if here else "")
    assert "no address" in found.text


@pytest.mark.parametrize(
    ("here", "there", "settings", "status"),
    [
        (made.served("web", "10.1.0.1"), made.served("web.bank", "10.2.0.1"), {}, ["note"]),
        (made.served("web", "10.1.0.1"), made.served("web.bank", "10.2.0.1"), {"services": ("web",)}, ["fail"]),
        (made.served("web", "10.1.0.1"), made.served("web.bank", "10.2.0.1")[:1], {}, []),
        (made.served("web", "10.1.0.1")[:1], made.served("web.bank", "10.2.0.1"), {}, []),
        (made.served("web", "10.1.0.1"), made.served("cart.bank", "10.2.0.1"), {}, []),
        (made.served("web", "10.1.0.1"), made.served("web", "10.2.0.1"), {}, []),
        (made.served("web", "10.1.0.1"), [*made.served("web.bank", "10.2.0.1"), made.service("web")], {}, []),
        (
            made.served("web", "10.1.0.1"),
            [made.service("web.bank", WEB, 81), *made.served("web.bank", "10.2.0.1")[1:]],
            {},
            [],
        ),
        (
            [*made.served("web", "10.1.0.1")[:2], made.gateway("web-0", WEB)],
            made.served("web.bank", "10.2.0.1"),
            {},
            [],
        ),
        (made.served("web.kube-system", "10.1.0.1"), made.served("web.bank", "10.2.0.1"), {}, []),
    ],
)
def test_look_alike_in_another_namespace_is_noted(here: Any, there: Any, settings: Any, status: list[str]) -> None:
    assert [one[0] for one in told(namespace_sameness, mesh(here, there, **settings))] == status
    assert told(namespace_sameness, mesh(here, there, **settings), BACK) == []


NONE = {"cluster_ip": "None"}


@pytest.mark.parametrize(
    ("here", "there", "kinds", "across"),
    [
        ({}, {}, [], []),
        (NONE, {}, ["fail"], []),
        ({}, NONE, [], []),
        (NONE, NONE, [], ["note"]),
    ],
)
def test_headless_services_are_reached_inside_their_cluster(here: Any, there: Any, kinds: Any, across: Any) -> None:
    view = mesh(web(**here), web("10.2.0.1", **there))

    assert [one[0] for one in told(service_kinds, view)] == kinds
    assert [one[0] for one in told(headless_across_networks, view)] == across


LOCAL = {"internal_traffic_policy": "Local"}
CLOSED = "serviceSettings: [{hosts: ['*'], settings: {clusterLocal: true}}]"


@pytest.mark.parametrize(("near", "status"), [(True, "note"), (False, "fail")])
def test_service_that_is_kept_local_is_a_note_where_somebody_answers_near(near: bool, status: str) -> None:
    own = web(**LOCAL) if near else web(**LOCAL)[:2]
    view = mesh(own, web("10.2.0.1"))
    found = only(node_local, view)
    kept = made.view(
        {
            name: made.cluster(made.istiod(cluster_id=name), *things, mesh=CLOSED)
            for name, things in (("a", web() if near else web()[:2]), ("b", web("10.2.0.1")))
        }
    )

    assert (found.status.value, bool(found.fix), bool(found.detail)) == (status, not near, not near)
    assert told(node_local, mesh(web(), web("10.2.0.1"))) == []
    assert (only(cluster_local, kept).status.value, bool(only(cluster_local, kept).advice)) == (status, not near)
    assert told(cluster_local, view) == []


def pinning(subset: str = "v1", host: str = "web", *more: str, gateways: tuple[str, ...] = ()) -> Any:
    routes = [{"destination": {"host": "web", "subset": name}} for name in (subset, *more)]
    return virtual_service("v", "shop", {"hosts": [host], "gateways": list(gateways), "http": [{"route": routes}]})


SUBSETS = made.rule(
    "web", {"host": "web", "subsets": [{"name": "v1", "labels": {"v": "1"}}, {"name": "v2", "labels": WEB}]}
)


@pytest.mark.parametrize(
    ("rule", "labels", "status"),
    [
        (pinning(), {}, ["fail"]),
        (pinning(), {"v": "1"}, []),
        (pinning("v2"), {}, []),
        (pinning("none"), {}, []),
        (pinning("v1", "web", "v2"), {}, []),
        (pinning("v1", "other"), {}, []),
        (pinning(gateways=("edge",)), {}, []),
        (pinning(gateways=("edge", "mesh")), {}, ["fail"]),
    ],
)
def test_subset_that_every_call_goes_to_has_a_pod(rule: Any, labels: dict[str, str], status: list[str]) -> None:
    assert [
        one[0] for one in told(subset_backed, mesh([*web(), rule, SUBSETS], web("10.2.0.1", labels=labels)))
    ] == status


PRIMARIES = "topology.istio.io/controlPlaneClusters"


@pytest.mark.parametrize(
    ("annotation", "planes"), [("b", "b"), ("a", ""), ("*", ""), ("a,b", ""), ("b,c", "bc"), ("none", ""), ("", "")]
)
def test_cluster_with_an_istiod_is_not_assigned_to_others_alone(annotation: str, planes: str) -> None:
    home = made.namespace(made.SYSTEM, {}, {PRIMARIES: annotation})
    found = list(local_istiod.run(mesh([home], [], []), "a"))

    assert [str(one.problem).count("istiod") > 0 for one in found] == [True] * len(planes)
    assert all([str(pair) for pair in one.scope.pairs] == ["a → b", "a → c"] for one in found)
    bare = made.view({"a": made.cluster(home), "b": made.cluster(made.istiod(cluster_id="b"))})
    assert list(local_istiod.run(bare, "a")) == []


@pytest.mark.parametrize(("ports", "found"), [((15008,), 1), ((15443,), 0), ((15008, 15443), 0), ((80,), 0)])
def test_sidecars_need_a_gateway_for_their_own_protocol(ports: tuple[int, ...], found: int) -> None:
    gateway = made.service("gw.istio-system", {"app": "gw"}, *ports, labels={made.NETWORK: "y"})

    assert len(list(ambient_sidecars.run(mesh([CLIENT], [gateway]), PAIR))) == found

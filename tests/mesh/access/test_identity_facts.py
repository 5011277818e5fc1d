"""Who a cluster, its istiods and its proxies are, in meshes of a few objects."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.mesh.access import identity
from kubectl_mcdiag.mesh.view import View
from tests import made

REV, TAG = "istio.io/rev", "istio.io/tag"
CLUSTER, NETWORK = "ISTIO_META_CLUSTER_ID", "ISTIO_META_NETWORK"
PRIMARIES = "topology.istio.io/controlPlaneClusters"
ISTIOD = made.service("istiod.istio-system", {"app": "istiod"})
ALONE = made.service("istiod.istio-system", {})


def of(*things: Any, **settings: Any) -> View:
    """Return a mesh of one cluster, `a`."""
    return made.view({"a": made.cluster(*things)}, **settings)


def names(found: tuple[Any, ...]) -> list[str]:
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("changes", "is_there", "runs"),
    [
        ({}, True, True),
        ({"phase": "Pending"}, True, False),
        ({"restarts": 3}, True, True),
        ({"restarts": 3, "ready": False}, True, False),
        ({"ready": False}, True, True),
        ({"is_terminating": True}, False, False),
        ({"namespace": "shop"}, False, False),
        ({"labels": {"app": "other"}}, False, False),
    ],
)
def test_istiods_are_told_by_label_and_namespace(changes: dict[str, Any], is_there: bool, runs: bool) -> None:
    view = of(replace(made.istiod(), **changes))

    assert names(identity.istiod_pods(view, "a")) == ["istiod-1"] * is_there
    assert names(identity.istiods(view, "a")) == ["istiod-1"] * runs


def test_istiods_of_the_revision_that_was_chosen() -> None:
    pods = [made.istiod("one", revision="x"), made.istiod("two", revision="y"), made.istiod("none")]

    assert names(identity.istiods(of(*pods), "a")) == ["one", "two", "none"]
    assert names(identity.istiods(of(*pods, revision="y"), "a")) == ["two"]


def test_proxies_run_and_have_an_envoy() -> None:
    pods = [made.pod("a"), made.bare("b"), made.gateway("c"), made.pod("d", phase="Pending")]

    assert names(identity.proxies(of(*pods), "a")) == ["a", "c"]


def test_what_is_not_there_is_named() -> None:
    view = made.view({"a": made.cluster(made.namespace("other"))}, istio_namespace="nowhere")

    with pytest.raises(Unavailable, match="a has no namespace nowhere"):
        identity.system_namespace(view, "a")
    with pytest.raises(Unavailable, match="a has no ConfigMap none in nowhere"):
        identity.config_map(view, "a", "none")


@pytest.mark.parametrize(
    ("revisions", "maps", "wanted"),
    [
        ((), ("istio",), "istio"),
        (("x",), ("istio", "istio-x"), "istio-x"),
        (("x",), ("istio", "istio-y"), "istio"),
        (("x", "y"), ("istio-y", "istio-x"), "istio-x"),
    ],
)
def test_istiod_reads_the_configuration_of_its_revision(
    revisions: tuple[str, ...], maps: tuple[str, ...], wanted: str
) -> None:
    cluster = made.cluster(*(made.istiod(f"istiod-{name}", revision=name) for name in revisions))
    found = {(made.CONFIG_MAPS, ""): tuple(ConfigMap(name, {}, {}) for name in maps)}

    assert identity.mesh_map(made.view({"a": {**cluster, **found}}), "a").name == wanted
    with pytest.raises(Unavailable, match="no ConfigMap istio-sidecar-injector"):
        identity.injection_map(made.view({"a": {**cluster, **found}}), "a")


def claiming(name: str, cluster: str = "", network: str | None = None) -> Any:
    told = {CLUSTER: cluster} if cluster else {}
    return made.pod(name, environment={**told, **({} if network is None else {NETWORK: network})})


@pytest.mark.parametrize(
    ("things", "wanted"),
    [
        ([made.istiod(cluster_id="own"), claiming("p", "claimed")], "own"),
        ([made.istiod(), claiming("p", "claimed"), made.webhook(path="/inject/cluster/hook")], "claimed"),
        ([claiming("p", "x"), claiming("q", "y"), claiming("r", "y"), made.pod("s")], "y"),
        ([made.pod("p"), made.webhook(path="/inject/cluster/hook/net/n1")], "hook"),
        ([made.webhook(url="https://far/inject/cluster/hook", path="")], "hook"),
        ([made.webhook(path="/inject"), made.webhook(path="/inject/cluster/two")], "two"),
    ],
)
def test_cluster_id_is_told_by_istiod_then_proxies_then_the_webhook(things: list[Any], wanted: str) -> None:
    assert identity.cluster_id(of(*things), "a") == wanted


def test_cluster_id_that_nobody_tells_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="tells its cluster ID"):
        identity.cluster_id(of(made.pod("p"), made.webhook(path="/inject")), "a")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/inject/cluster/c1/net/n1", ("c1", "n1")),
        ("/inject/cluster/c1", ("c1", "")),
        (":ENV:cluster=c1:ENV:net=n1", ("", "")),
        ("", ("", "")),
    ],
)
def test_webhook_gives_a_cluster_and_a_network(path: str, found: tuple[str, str]) -> None:
    assert identity.injected_into(path) == found


@pytest.mark.parametrize(
    ("claims", "label", "gateways", "wanted"),
    [
        ((), "", (), ""),
        ((), "home", (), "home"),
        (("pod",), "", (), "pod"),
        (("pod",), "home", (), "pod"),
        (("pod",), "home", ("home",), "home"),
        (("pod",), "home", ("gw",), "pod"),
        (("pod",), "gw", ("gw",), "gw"),
        (("pod",), "pod", ("gw", "gw"), "pod"),
        (("pod",), "home", ("home", "pod"), "home"),
        (("one", "two", "two"), "one", (), "two"),
        (("one", "two", "two"), "one", ("one",), "one"),
    ],
)
def test_network_is_what_most_of_three_witnesses_say(
    claims: tuple[str, ...], label: str, gateways: tuple[str, ...], wanted: str
) -> None:
    pods = [claiming(f"p{place}", network=name) for place, name in enumerate(claims)]
    services = [made.service(f"gw{n}", labels={made.NETWORK: name}) for n, name in enumerate(gateways)]
    home = made.namespace(made.SYSTEM, {made.NETWORK: label} if label else {})

    assert identity.network(of(home, *pods, *services, made.service("web")), "a") == wanted


def test_networks_are_crossed_where_they_differ() -> None:
    view = made.view({name: made.cluster(network=net) for name, net in (("a", "x"), ("b", "x"), ("c", ""))})

    assert [identity.crosses_networks(view, *pair) for pair in ("ab", "ac", "cb")] == [False, True, True]


@pytest.mark.parametrize(
    ("things", "wanted"),
    [
        ([made.istiod()], True),
        ([made.istiod(), ALONE], True),
        ([ISTIOD], True),
        ([ALONE], False),
        ([ISTIOD, made.service("istiod-x.istio-system", {})], False),
        ([ISTIOD, made.service("istiod-x.istio-system", {}, labels={TAG: "x"})], True),
        ([made.service("istiod.shop")], False),
        ([made.service("kiali.istio-system")], False),
        ([], False),
    ],
)
def test_primary_has_an_istiod_or_a_service_that_selects_one(things: list[Any], wanted: bool) -> None:
    assert identity.is_primary(of(*things), "a") is wanted


def test_revisions_are_those_of_pods_services_and_webhooks_and_tags_stand_for_one() -> None:
    things = [
        made.istiod(revision="pod"),
        made.pod("istiod.shop", {"app": "istiod", REV: "elsewhere"}),
        made.pod("kiali.istio-system", {"app": "kiali", REV: "kiali"}),
        made.service("istiod-s.istio-system", labels={REV: "service"}),
        made.service("kiali.istio-system", labels={REV: "kiali"}),
        made.webhook(labels={REV: "hook"}),
        made.webhook(labels={REV: "pod"}),
        made.webhook(labels={REV: "hidden", TAG: "prod"}),
        made.webhook(labels={}),
    ]

    assert identity.revisions(of(*things), "a") == ("pod", "service", "hook")
    assert identity.tags(of(*things), "a") == {"prod": "hidden"}


@pytest.mark.parametrize(
    ("things", "wanted"),
    [
        ([made.webhook("istiod-theirs", {REV: "x"})], {"x"}),
        ([made.webhook("istiod-theirs", {REV: "y", TAG: "x"})], {"x"}),
        ([made.webhook("istiod", {REV: "x"})], set()),
        ([made.webhook("istiod-theirs", {REV: "x"}), made.webhook("istiod", {TAG: "x"})], set()),
        ([made.webhook("istiod-theirs", {REV: "x"}), made.webhook("", {REV: "x"}, url="https://far")], set()),
        ([made.webhook("", {REV: "x"})], set()),
        ([made.webhook("istiod-theirs", {REV: "y"})], set()),
        ([], set()),
    ],
)
def test_namespaces_of_another_mesh_call_an_istiod_that_is_not_here(things: list[Any], wanted: set[str]) -> None:
    spaces = [made.namespace("x", {REV: "x"}), made.namespace("plain")]
    ours = made.webhook("istiod", {"app": "sidecar-injector"})

    assert identity.of_other_meshes(of(ISTIOD, ours, *spaces, *things), "a") == wanted
    assert identity.of_other_meshes(of(ours, *spaces, *things), "a") == set()


FAR = made.webhook("", {REV: "x"}, url="https://far.example:443/inject")


@pytest.mark.parametrize(
    ("things", "wanted"),
    [
        ([FAR], "far.example"),
        ([made.webhook("", {"app": "sidecar-injector"}, url="https://far.example/inject")], "far.example"),
        ([made.webhook("", {"app": "other"}, url="https://far.example/inject")], ""),
        ([made.webhook("istiod", {REV: "x"}), FAR], "far.example"),
        ([made.webhook("istiod", {REV: "x"}, url="https://both/inject")], ""),
        ([FAR, ISTIOD], ""),
        ([FAR, made.pod("istiod.other", {"app": "istiod"})], ""),
        ([FAR, made.pod("web", {"app": "web"})], "far.example"),
        ([], ""),
    ],
)
def test_managed_control_plane_is_called_by_url(things: list[Any], wanted: str) -> None:
    assert identity.managed(of(*things), "a") == wanted


def mesh(primaries: str, annotation: str = "", *remote: Any) -> View:
    """Return a mesh whose cluster `r` has no istiod, and is assigned to the clusters of an annotation."""
    home = made.namespace(made.SYSTEM, {}, {PRIMARIES: annotation} if annotation else {})
    own = {name: made.cluster(made.istiod(cluster_id=f"id-{name}")) for name in primaries}
    return made.view({"r": made.cluster(home, *remote), **own})


@pytest.mark.parametrize(
    ("primaries", "annotation", "ids", "assigned", "planes", "role"),
    [
        ("p", "", set(), (), ("p",), "remote of p"),
        ("p", "id-p", {"id-p"}, ("p",), ("p",), "remote of p"),
        ("pq", "id-q", {"id-q"}, ("q",), ("q",), "remote of q"),
        ("pq", " id-q , id-p", {"id-q", "id-p"}, ("p", "q"), ("p", "q"), "remote of p, q"),
        ("pq", "*", {"*"}, ("p", "q"), ("p", "q"), "remote of p, q"),
        ("p", "other", {"other"}, (), ("p",), "remote of p"),
    ],
)
def test_remote_cluster_is_served_by_those_it_is_assigned_to_or_the_only_primary(
    primaries: str, annotation: str, ids: set[str], assigned: Any, planes: Any, role: str
) -> None:
    view = mesh(primaries, annotation)

    assert identity.assigned_ids(view, "r") == ids
    assert identity.assigned(view, "r") == assigned
    assert identity.control_planes(view, "r") == planes
    assert identity.role(view, "r") == role
    assert identity.role(view, "p") == "primary"
    assert identity.control_planes(view, "p") == ("p",)


def test_cluster_that_nobody_serves_says_so_or_who_may() -> None:
    with pytest.raises(Unavailable, match="no context was given for the cluster that serves it"):
        identity.control_planes(mesh("pq"), "r")
    with pytest.raises(Unavailable, match=r"its webhook calls far\.example"):
        identity.control_planes(mesh("pq", "", FAR), "r")
    assert identity.role(mesh("pq", "", FAR), "r") == "served from far.example"
    assert identity.role(mesh("pq", "id-p", FAR), "r") == "remote of p"


@pytest.mark.parametrize(
    ("pods", "wanted"),
    [
        ([made.pod("one"), made.pod("two")], ["one"]),
        ([made.pod("one"), made.pod("two", {"app": "curl"})], ["two"]),
        ([made.pod("one"), made.pod("two", {"app": "sleep"})], ["two"]),
        ([made.pod("one"), made.pod("two", {"app": "other"})], ["one"]),
        ([made.pod("late", ready=False), made.gateway("gw"), made.bare("bare")], []),
        ([made.pod("grpc", environment={"ISTIO_META_GENERATOR": "grpc"})], []),
        ([made.pod(f"p.{space}") for space in "fedcba"], ["p.f", "p.e", "p.d", "p.c"]),
    ],
)
def test_one_client_of_each_namespace_is_looked_through(pods: list[Any], wanted: list[str]) -> None:
    found = [one.full_name.removesuffix(".shop") for one in identity.clients(of(*pods), "a")]

    assert found == wanted


def test_clients_of_named_services_come_first_and_those_of_other_meshes_never() -> None:
    pods = [made.pod(f"p.{space}") for space in "fedcba"]
    theirs = [ISTIOD, made.namespace("f", {REV: "x"}), made.webhook("istiod-theirs", {REV: "x"})]

    assert [one.namespace for one in identity.clients(of(*pods, services=("web.a", "web")), "a")] == ["a", *"fed"]
    assert [one.namespace for one in identity.clients(of(*pods, *theirs), "a")] == [*"edcb"]


def test_client_that_was_named_is_looked_through_alone() -> None:
    pods = [made.pod("one"), made.pod("two"), made.bare("three")]

    assert names(identity.clients(of(*pods, client="two.shop"), "a")) == ["two"]
    with pytest.raises(Unavailable, match=r"a has no pod three\.shop \(--client\)") as raised:
        identity.clients(of(*pods, client="three.shop"), "a")
    assert raised.value.calls_from == "a"


def test_services_of_a_pod_select_it() -> None:
    pod = made.pod("one", {"app": "web", "v": "1"})
    services = [
        made.service("web"),
        made.service("both", {"app": "web", "v": "1"}),
        made.service("other", {"app": "web", "v": "2"}),
        made.service("all", {}),
        made.service("web.bank"),
    ]

    assert identity.services_of(of(pod, *services), "a", pod) == ("web.shop", "both.shop")

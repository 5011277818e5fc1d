"""What Kubernetes, istiod and Envoy hold of a service, in meshes of a few objects."""

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS, ENVOY_CLUSTERS, PROXY_ENDPOINTS, WORKLOADS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.istiod.endpoint_shards import LearnedEndpoint, Shard
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.services import endpoints as facts
from kubectl_mcdiag.mesh.view import View
from tests import made

WEB = {"app": "web"}
ISTIOD = "istiod-1.istio-system"


def of(*things: Any, more: Any = None, mesh: str = "", **settings: Any) -> View:
    """Return a mesh of one cluster, `a`."""
    return made.view({"a": made.cluster(*made.flat(*things), mesh=mesh, more=more)}, **settings)


def two(here: list[Any], there: list[Any], mesh: str = "", networks: tuple[str, str] = ("", ""), **more: Any) -> View:
    """Return a mesh of two clusters with an istiod each."""
    return made.view(
        {
            context: made.cluster(made.istiod(cluster_id=context), *made.flat(*things), mesh=mesh, network=network)
            for context, things, network in zip("ab", (here, there), networks, strict=True)
        },
        **more,
    )


def test_endpoints_are_those_of_all_slices_of_the_service_alone() -> None:
    ready, late = made.endpoint("10.1.0.1"), made.endpoint("10.1.0.2", ready=False)
    other = made.endpoints("web.bank", made.endpoint("10.9.0.1"), http=9)
    view = of(made.endpoints("web", ready, http=8080), made.endpoints("web", late, grpc=9090), other)

    assert facts.backends(view, "a", "web.shop") == (ready, late)
    assert facts.ready(view, "a", "web.shop") == (ready,)
    assert facts.targets(view, "a", "web.shop") == {"http": 8080, "grpc": 9090}
    assert facts.backends(view, "a", "none.shop") == ()
    assert facts.targets(view, "a", "none.shop") == {}


def test_endpoints_are_told_apart_by_the_sidecars_and_networks_of_their_pods() -> None:
    pods = [made.pod("in"), made.bare("out"), made.bare("placed", {made.NETWORK: "n"}), made.bare("in.bank")]
    ends = [made.endpoint(f"10.1.0.{n}", name) for n, name in enumerate(("in", "out", "placed", "gone", ""))]
    view = of(*pods, made.endpoints("web", *ends, made.endpoint("10.1.0.9", "in", ready=False)))

    assert facts.in_mesh(view, "a", "web.shop") == (ends[0],)
    assert facts.without_network(view, "a", "web.shop") == (ends[1],)


def test_pods_and_workloads_are_selected_within_the_namespace() -> None:
    pods = [made.pod("one", WEB), made.pod("two", WEB | {"v": "2"}), made.pod("one.bank", WEB), made.pod("x", {})]
    workloads = [Workload("Deployment", space, "web", 1, labels) for space in ("shop", "bank") for labels in (WEB, {})]
    view = of(*pods, made.service("web"), more={WORKLOADS: tuple(workloads)})

    assert facts.matching_pods(view, "a", "web.shop", "a") == tuple(pods[:2])
    assert facts.matching_workloads(view, "a", "web.shop") == (workloads[0],)
    assert facts.runs_somewhere(view, "web.shop")


def test_service_runs_where_any_cluster_has_a_pod_of_it() -> None:
    web, pod = made.service("web"), made.pod("one", WEB)

    assert facts.runs_somewhere(two([web], [web, pod]), "web.shop")
    assert not facts.runs_somewhere(two([web, made.service("other")], [pod]), "web.shop")


def test_service_is_answered_by_other_clusters_that_have_it_ready() -> None:
    ready, late = made.served("web", "10.1.0.1"), [made.endpoints("web", made.endpoint("10.1.0.2", ready=False))]
    clusters = {"a": ready, "b": ready, "c": late, "d": []}
    view = made.view({name: made.cluster(*things) for name, things in clusters.items()})

    assert facts.answered_elsewhere(view, "a", "web.shop") == ("b",)
    assert facts.answered_elsewhere(view, "d", "web.shop") == ("a", "b")


@pytest.mark.parametrize(
    ("workload", "addresses", "outside"),
    [
        ("vm", ("10.8.0.1",), True),
        ("web", ("10.8.0.1",), False),
        ("vm", ("10.1.0.1",), False),
        ("vm", ("10.1.0.1", "10.8.0.1"), True),
    ],
)
def test_what_istiod_has_learned_beside_pods_serves_from_outside(
    workload: str, addresses: tuple[str, ...], outside: bool
) -> None:
    learned = LearnedEndpoint(addresses, workload)
    shards = (Shard("web.shop.svc.cluster.local", "shop", "a", (learned,)),)
    gone = (Workload("Deployment", "shop", "web", 0, WEB),)
    pods = [made.istiod(cluster_id="a"), made.pod("one", addresses=("10.1.0.1",))]
    view = of(*pods, made.service("web"), more={WORKLOADS: gone, (ENDPOINT_SHARDS, ISTIOD): shards})

    assert facts.is_served_outside(view, "a", "web.shop") is outside


def test_istiods_that_tell_nothing_prove_nothing_of_what_serves_from_outside() -> None:
    learned = LearnedEndpoint(("10.8.0.1",), "vm")
    shards = (Shard("web.shop.svc.cluster.local", "shop", "a", (learned,)),)
    telling, silent = made.istiod("istiod-2", "a", "x"), made.istiod("istiod-1", "a", "y")
    both = made.cluster(silent, telling, made.service("web"), more={WORKLOADS: ()})
    del both[(ENDPOINT_SHARDS, silent.full_name)]
    bare = made.cluster(made.service("web"), more={WORKLOADS: ()})

    assert not facts.is_served_outside(made.view({"a": both}), "a", "web.shop")
    both[(ENDPOINT_SHARDS, telling.full_name)] = shards
    assert facts.is_served_outside(made.view({"a": both}), "a", "web.shop")
    assert not facts.is_served_outside(made.view({"a": bare}), "a", "web.shop")


@pytest.mark.parametrize(
    ("wanted", "namespace", "meant"),
    [
        ("web", "", True),
        ("web", "shop", True),
        ("web", "bank", False),
        ("web.shop", "bank", True),
        ("web.bank", "", False),
        ("web.shop.svc.cluster.local", "", True),
        ("we", "", False),
    ],
)
def test_service_is_meant_by_its_name_and_namespace(wanted: str, namespace: str, meant: bool) -> None:
    view = of(made.service("web"), services=(wanted,), namespace=namespace)

    assert facts.matches(wanted, made.service("web"), namespace) is meant
    assert facts.named(view, "a") == (frozenset({"web.shop"}) if meant else frozenset())


INJECTING = made.namespace("shop", {"istio-injection": "enabled"})


@pytest.mark.parametrize(
    ("here", "there", "wanted"),
    [
        ([INJECTING], [], ("web.shop",)),
        ([], [INJECTING], ("web.shop",)),
        ([], [], ()),
        ([made.namespace("shop", {"istio-injection": "disabled"})], [], ()),
        ([made.namespace("shop", {"istio.io/rev": "x"})], [], ("web.shop",)),
        ([made.namespace("shop", {"istio.io/dataplane-mode": "ambient"})], [], ("web.shop",)),
        ([made.namespace("bank", {"istio-injection": "enabled"})], [], ()),
        ([made.pod("any")], [], ("web.shop",)),
        ([made.bare("any")], [], ()),
        ([made.gateway("any")], [], ()),
        ([made.pod("any.bank")], [], ()),
    ],
)
def test_subjects_are_services_of_namespaces_in_the_mesh(
    here: list[Any], there: list[Any], wanted: tuple[str, ...]
) -> None:
    web = made.service("web")

    assert facts.subjects(two([web, *here], [web, *there]), "a", "b") == wanted


def test_namespace_of_another_mesh_in_one_of_the_clusters_is_none_of_this_mesh() -> None:
    theirs = made.namespace("shop", {"istio.io/rev": "theirs"})
    tenant = [made.service("istiod.istio-system"), made.webhook("istiod-theirs", {"istio.io/rev": "theirs"})]
    web = [made.service("web"), theirs, made.pod("any")]

    assert facts.subjects(two(web, web), "a", "b") == ("web.shop",)
    assert facts.subjects(two([*web, *tenant], web), "a", "b") == ()
    assert facts.subjects(two(web, [*web, *tenant]), "a", "b") == ()


def test_service_that_is_named_is_a_subject_in_the_mesh_or_not() -> None:
    both = [made.service("web"), made.service("other"), INJECTING]

    assert facts.subjects(two([made.service("web")], [made.service("web")], services=("web",)), "a", "b") == (
        "web.shop",
    )
    assert facts.subjects(two(both, both, services=("web",)), "a", "b") == ("web.shop",)
    assert facts.subjects(two(both, [INJECTING], services=("web",)), "a", "b") == ()


@pytest.mark.parametrize(
    ("name", "changes", "wanted"),
    [
        ("web.shop", {}, True),
        ("web.kube-system", {}, False),
        ("web.istio-system", {}, False),
        ("kubernetes.default", {}, False),
        ("web.default", {}, True),
        ("web.shop", {"labels": {made.NETWORK: "n"}}, False),
        ("web.shop", {"type": "ExternalName"}, False),
        ("web.shop", {"type": "NodePort"}, True),
        ("web.shop", {"selector": {}}, False),
    ],
)
def test_subjects_are_the_operators_own_services(name: str, changes: dict[str, Any], wanted: bool) -> None:
    one = made.service(name, **changes)
    usual = made.service(name)

    assert facts.is_subject(of(), one) is wanted
    assert facts.shared(two([one], [usual]), "a", "b") == ((name,) if wanted else ())
    assert facts.shared(two([usual], [one]), "a", "b") == ((name,) if wanted else ())


@pytest.mark.parametrize(
    ("pods", "is_gateway"),
    [
        ([made.gateway("one", WEB)], True),
        ([made.gateway("one", WEB), made.gateway("two", WEB)], True),
        ([made.gateway("one", WEB), made.pod("two", WEB)], False),
        ([made.pod("one", WEB)], False),
        ([], False),
    ],
)
def test_service_all_of_whose_pods_are_gateways_is_one(pods: list[Any], is_gateway: bool) -> None:
    web = made.service("web")

    assert facts.is_gateway(of(web, *pods), "a", "web.shop") is is_gateway
    for here, there in (([web, *pods], [web]), ([web], [web, *pods])):
        assert facts.shared(two(here, there), "a", "b") == (() if is_gateway else ("web.shop",))


LOCAL = """serviceSettings:
- {hosts: [%s], settings: {clusterLocal: %s}}
- {hosts: ["web.shop.svc.cluster.local"], settings: {clusterLocal: %s}}
"""


@pytest.mark.parametrize(
    ("mesh", "local"),
    [
        ("", False),
        (LOCAL % ('"*"', "true", "false"), False),
        (LOCAL % ('"*"', "false", "true"), True),
        (LOCAL % ('"*.shop.svc.cluster.local"', "true", "true"), True),
        ("serviceSettings: [{hosts: ['*.shop.svc.cluster.local'], settings: {clusterLocal: true}}]", True),
        ("serviceSettings: [{hosts: ['*.bank.svc.cluster.local'], settings: {clusterLocal: true}}]", False),
    ],
)
def test_longest_host_decides_whether_a_service_stays_in_its_cluster(mesh: str, local: bool) -> None:
    both = [INJECTING, *made.served("web", "10.1.0.1")]
    view = two(both, both, mesh=mesh)

    assert facts.is_cluster_local(view, "a", "web.shop") is local
    assert facts.spread(view, "a", "b") == (() if local else ("web.shop",))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, ("web.shop",)),
        ({"cluster_ip": "None"}, ()),
        ({"internal_traffic_policy": "Local"}, ()),
        ({"internal_traffic_policy": "Cluster"}, ("web.shop",)),
    ],
)
def test_service_that_stays_with_its_caller_is_not_spread(changes: dict[str, Any], wanted: tuple[str, ...]) -> None:
    both = [INJECTING, made.service("web", None, 80, **changes), *made.served("web", "10.1.0.1")[1:]]

    assert facts.spread(two(both, both), "a", "b") == wanted
    assert facts.crossing(two(both, both), "a", "b") == wanted
    assert facts.crossing(two(both, both[:2]), "a", "b") == ()


def test_passed_through_service_is_not_spread() -> None:
    both = [INJECTING, *made.served("web", "10.1.0.1")]
    passing = made.rule("web", {"host": "web", "trafficPolicy": {"loadBalancer": {"simple": "PASSTHROUGH"}}})

    assert facts.spread(two([*both, passing], both), "a", "b") == ()
    assert facts.spread(two(both, [*both, passing]), "a", "b") == ("web.shop",)


@pytest.mark.parametrize(("here", "there", "stranded"), [(0, 1, True), (1, 1, False), (1, 0, False), (0, 0, False)])
def test_stranded_service_is_ready_in_the_other_cluster_alone(here: int, there: int, stranded: bool) -> None:
    ends = [[made.endpoints("web", *[made.endpoint("10.1.0.1")] * count)] for count in (here, there)]

    assert facts.is_stranded(two(*ends), "a", "web.shop", "b") is stranded


@pytest.mark.parametrize(
    ("service", "hosts", "local"),
    [
        ("dns.kube-system", "", True),
        ("kubernetes.default", "", True),
        ("other.default", "", False),
        ("istiod.istio-system", "", True),
        ("istiod-canary.istio-system", "", True),
        ("kiali.istio-system", "", False),
        ("istiod.shop", "", False),
        ("dns.kube-system", "*.kube-system.svc.cluster.local", False),
        ("kubernetes.default", "*.kube-system.svc.cluster.local", True),
    ],
)
def test_istiod_keeps_some_services_local_unless_it_is_told_not_to(service: str, hosts: str, local: bool) -> None:
    mesh = f"serviceSettings: [{{hosts: ['{hosts}'], settings: {{clusterLocal: false}}}}]" if hosts else ""
    closed = "serviceSettings: [{hosts: ['*'], settings: {clusterLocal: true}}]"

    assert facts.is_local_by_nature(of(made.istiod(cluster_id="a"), mesh=mesh), "a", service) is local
    if not hosts:
        assert facts.is_local_by_nature(of(made.istiod(cluster_id="a"), mesh=closed), "a", service) is local


def learning(*shards: Shard) -> View:
    web = [INJECTING, *made.served("web", "10.1.0.1")]
    here = made.cluster(made.istiod(cluster_id="a"), *web, more={(ENDPOINT_SHARDS, ISTIOD): shards})  # type: ignore[dict-item]
    return made.view({"a": here, "b": made.cluster(made.istiod(cluster_id="b"), *web)})


def shard(cluster: str, *addresses: str, namespace: str = "shop", host: str = "web.shop.svc.cluster.local") -> Shard:
    return Shard(host, namespace, cluster, tuple(LearnedEndpoint((a,), "w") for a in addresses))


@pytest.mark.parametrize(
    ("shards", "addresses"),
    [
        ((), []),
        ((shard("b", "10.1.0.1"),), ["10.1.0.1"]),
        ((shard("b", "10.1.0.1"), shard("b", "10.1.0.2", host="web.shop.svc.other")), ["10.1.0.1", "10.1.0.2"]),
        ((shard("a", "10.1.0.1"),), []),
        ((shard("b", "10.1.0.1", namespace="bank"),), []),
        ((shard("b", "10.1.0.1", host="web.bank.svc.cluster.local"),), []),
        ((shard("b", "10.7.0.1"),), ["10.7.0.1"]),
    ],
)
def test_istiod_has_learned_what_it_files_under_the_cluster(shards: tuple[Shard, ...], addresses: list[str]) -> None:
    view = learning(*shards)
    (pod,) = (pod for pod in view.read(made.PODS, "a") if pod.full_name == ISTIOD)

    found = facts.learned(view, "a", pod, "web.shop", "b")

    assert [address for one in found for address in one.addresses] == addresses
    assert bool(facts.unlearned(view, "a", "a", "b")) is ("10.1.0.1" not in addresses)


def host(address: str, **changes: Any) -> Host:
    usual = {"port": 80, "health": "HEALTHY", "ejected": False, "priority": 0}
    counters = dict.fromkeys(("connect_failures", "connections", "active", "successes", "requests"), 0)
    return Host(address, **{**usual, **counters, **changes})


@pytest.mark.parametrize(
    ("changes", "healthy"),
    [
        ({}, True),
        ({"health": ""}, True),
        ({"health": "UNKNOWN"}, True),
        ({"health": "UNHEALTHY"}, False),
        ({"ejected": True}, False),
    ],
)
def test_host_is_called_unless_it_is_ejected_or_unhealthy(changes: dict[str, Any], healthy: bool) -> None:
    assert facts.is_healthy(host("10.1.0.1", **changes)) is healthy


def envoy(subset: str = "", *addresses: str, name: str = "web.shop.svc.cluster.local") -> EnvoyCluster:
    return EnvoyCluster(f"outbound|80|{subset}|{name}", "outbound", 80, subset, name, tuple(map(host, addresses)))


def test_clusters_of_a_service_are_with_subsets_or_without() -> None:
    plain, subset, other = envoy(), envoy("v1"), envoy(name="web.bank.svc.cluster.local")
    view = of(more={(PROXY_ENDPOINTS, "client.shop"): (plain, subset, other)})

    assert facts.with_subsets(view, "a", "client.shop", "web.shop") == (plain, subset)
    assert facts.clusters_of(view, "a", "client.shop", "web.shop") == (plain,)
    assert facts.clusters_of(view, "a", "client.shop", "none.shop") == ()
    assert facts.given_by(view, "a", "client.shop").command is PROXY_ENDPOINTS


def test_envoy_is_asked_itself_where_istioctl_tells_nothing() -> None:
    view = of(more={(ENVOY_CLUSTERS, "client.shop"): (envoy(),)})

    assert facts.given(view, "a", "client.shop") == (envoy(),)
    assert facts.given_by(view, "a", "client.shop").command is ENVOY_CLUSTERS
    with pytest.raises(Unavailable, match=PROXY_ENDPOINTS.key):
        facts.given(of(), "a", "client.shop")


@pytest.mark.parametrize(("find", "networks"), [(facts.hosts_in, ("", "")), (facts.pods_in, ("n1", "n2"))])
def test_hosts_of_the_destination_are_its_ready_pods(
    find: Callable[..., tuple[Host, ...]], networks: tuple[str, str]
) -> None:
    there = [*made.served("web", "10.2.0.1"), made.endpoints("web", made.endpoint("10.2.0.2", ready=False))]
    view = two(made.served("web", "10.1.0.1"), there, networks=networks)

    found = find(view, "a", envoy("", "10.1.0.1", "10.2.0.1", "10.2.0.2"), "web.shop", "b")

    assert [one.address for one in found] == ["10.2.0.1"]


def test_hosts_of_the_destination_are_its_gateways_on_another_network() -> None:
    gateway = made.service("gw.istio-system", {"app": "gw"}, 15443, labels={made.NETWORK: "n2"}, ingress=("172.0.0.1",))
    view = two(made.served("web", "10.1.0.1"), [*made.served("web", "10.2.0.1"), gateway], networks=("n1", "n2"))

    found = facts.hosts_in(view, "a", envoy("", "172.0.0.1", "10.2.0.1"), "web.shop", "b")

    assert [one.address for one in found] == ["172.0.0.1"]


@pytest.mark.parametrize(
    ("networks", "addresses"), [(("", "", ""), "123"), (("x", "", "x"), "13"), (("x", "y", "z"), "1")]
)
def test_pods_are_near_that_share_a_network(networks: tuple[str, ...], addresses: str) -> None:
    view = made.view(
        {
            name: made.cluster(*made.served("web", f"10.{place}.0.1"), network=network)
            for place, (name, network) in enumerate(zip("abc", networks, strict=True), 1)
        }
    )

    assert facts.near(view, "a", "web.shop") == {f"10.{place}.0.1" for place in addresses}


def test_address_that_a_pod_near_the_caller_has_says_nothing() -> None:
    view = two(made.served("web", "10.1.0.1"), made.served("web", "10.1.0.1", "10.2.0.1"), networks=("x", "y"))

    found = facts.pods_in(view, "a", envoy("", "10.1.0.1", "10.2.0.1"), "web.shop", "b")

    assert [one.address for one in found] == ["10.2.0.1"]


@pytest.mark.parametrize(
    ("ready", "needed"), [((True, True), False), ((True, False), True), ((False, False), True), ((False, True), True)]
)
def test_workloads_are_asked_for_where_a_subject_is_not_ready(ready: tuple[bool, bool], needed: bool) -> None:
    names = ("web", "cart")
    here = [
        thing
        for name, is_ready in zip(names, ready, strict=True)
        for thing in (made.service(name), made.endpoints(name, made.endpoint("10.1.0.1", ready=is_ready)))
    ]
    there = [thing for name in names for thing in made.served(name, "10.2.0.1")]

    assert facts.needs_workloads(two([INJECTING, *here], there), "a") is needed
    assert facts.needs_workloads(two([INJECTING, *here], []), "a") is False
    assert facts.needs_workloads(two([], there), "a") is False


def test_stray_pods_are_injected_and_of_no_other_service() -> None:
    stray, claimed = made.pod("stray", WEB), made.pod("claimed", WEB | {"v": "2"})
    others = [made.service(f"s{place}", own) for place, own in enumerate(({}, claimed.labels, {"v": "3"}))]
    here = [stray, claimed, made.bare("bare", WEB), *others]

    assert facts.stray_pods(two(here, [made.service("web")]), "a", "web.shop", "b") == (stray,)

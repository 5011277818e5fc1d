"""Gateways that are absent, unlabelled, closed or narrow, and workloads on other networks, in small meshes."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.networks import (
    client_sni,
    fixes,
    gateway_address,
    gateway_exposure,
    gateway_family,
    gateway_label,
    gateway_port_label,
    gateway_ports,
    gateway_present,
    gateway_ready,
    networks_apart,
    pod_ranges,
    system_network,
    workload_network,
)
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS, PROXY_ENDPOINTS, WORKLOADS
from kubectl_mcdiag.evidence.parsers.istiod.endpoint_shards import Shard
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Node
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from tests import made
from tests.checks.small import INJECTING, PAIR, WEB, mesh, only, told
from tests.path.calls import envoy, host

Y, ISTIO = {made.NETWORK: "y"}, {"istio": "eastwestgateway"}
CLIENT = made.pod("client", {"app": "client"}, addresses=("10.1.0.9",))


def entrance(labels: Any = None, name: str = "gw.istio-system", **more: Any) -> Any:
    usual = {"labels": Y if labels is None else labels, "ingress": ("172.0.0.1",)}
    return made.service(name, ISTIO, 15443, **{**usual, **more})


POD = made.gateway("gw-0.istio-system", ISTIO)
READY = made.endpoints("gw.istio-system", made.endpoint("10.2.0.9", "gw-0"), p15443=15443)
UNCALLED = {"a": {(PROXY_ENDPOINTS, f"{name}.shop"): () for name in ("client", "web-0")}}
HERE = [*made.served("web", "10.1.0.1"), INJECTING, CLIENT]
THERE = [*made.served("web", "10.2.0.1"), INJECTING]


@pytest.mark.parametrize(
    ("here", "there", "present", "label"),
    [
        ([], [entrance()], [], []),
        ([], [], ["ab"], []),
        ([], [entrance({})], [], ["b"]),
        ([], [entrance({made.NETWORK: "other"})], [], ["b"]),
        ([], [made.service("gw.istio-system", ISTIO, 80, labels=ISTIO)], [], ["b"]),
        ([], [made.service("gw.istio-system", ISTIO, 80)], ["ab"], []),
        ([entrance()], [], [], []),
        ([entrance({})], [], ["ab"], []),
    ],
)
def test_network_has_a_gateway_with_its_label(here: Any, there: Any, present: list[str], label: list[str]) -> None:
    view = mesh([*HERE, *here], [*THERE, *there], more=UNCALLED)

    assert [one[3][0] for one in told(gateway_present, view)] == present
    assert [one[2] for one in told(gateway_label, view)] == label


def test_gateway_of_a_cluster_that_shares_the_network_is_one() -> None:
    def with_third(*third: Any, network: str = "y") -> Any:
        return mesh(HERE, THERE, third, networks=("x", "y", network), more=UNCALLED)

    assert told(gateway_present, with_third(*THERE, entrance())) == []
    assert told(gateway_present, with_third(entrance({}))) == []
    assert told(gateway_label, with_third(entrance({})))[0][2] == "c"
    assert told(gateway_present, with_third(entrance({}), network="z"))[0][2] == "b"
    assert told(gateway_present, with_third())[0][2] == "bc"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"ingress": (), "external_ips": ("172.0.0.2",)}, ""),
        ({"ingress": (), "ingress_hosts": ("gw.example",)}, ""),
        ({"ingress": (), "type": "LoadBalancer"}, "load balancer"),
        ({"ingress": (), "type": "NodePort"}, "traffic.istio.io/nodeSelector"),
        ({"ingress": ()}, "ClusterIP"),
    ],
)
def test_gateway_has_an_address(changes: dict[str, Any], text: str) -> None:
    view = mesh(HERE, [*THERE, entrance(**changes)])

    if not text:
        assert told(gateway_address, view) == []
    else:
        assert text in only(gateway_address, view).text
        assert (
            told(gateway_address, mesh(HERE, [*THERE, entrance(**changes), entrance(name="other.istio-system")])) == []
        )


@pytest.mark.parametrize(("selector", "found"), [("{}", []), ('{"pool": "edge"}', []), ('{"pool": "x"}', ["fail"])])
def test_gateway_on_nodes_has_their_external_addresses(selector: str, found: list[str]) -> None:
    nodes = [Node("n1", {"pool": "edge"}, (), ("172.0.0.7",)), Node("n2", {"pool": "x"}, ())]
    by_node = {"ingress": (), "type": "NodePort", "annotations": {"traffic.istio.io/nodeSelector": selector}}

    assert [one[0] for one in told(gateway_address, mesh(HERE, [*THERE, entrance(**by_node), *nodes]))] == found


@pytest.mark.parametrize(
    ("changes", "client", "status"),
    [
        ({}, "10.1.0.9", []),
        ({}, "fd00::9", ["fail"]),
        ({"ingress": ("fd00::1",)}, "10.1.0.9", ["fail"]),
        ({"ingress": ("fd00::1", "172.0.0.1")}, "10.1.0.9", []),
        ({"ingress": ("fd00::1",), "ingress_hosts": ("gw.example",)}, "10.1.0.9", []),
        ({"ingress": ()}, "10.1.0.9", []),
    ],
)
def test_gateway_has_an_address_of_the_clients_family(changes: Any, client: str, status: list[str]) -> None:
    here = [INJECTING, replace(CLIENT, addresses=(client,))]

    assert [one[0] for one in told(gateway_family, mesh(here, [*THERE, entrance(**changes)]))] == status


LABEL = "networking.istio.io/gatewayPort"


@pytest.mark.parametrize(
    ("label", "ports", "by_label", "by_ports"),
    [
        (None, (15443,), [], []),
        ("15443", (15443,), [], []),
        ("15444", (15444,), [], []),
        ("15444", (15443,), ["fail"], []),
        ("tls", (15443,), ["warn"], []),
        ("tls", (80,), ["fail"], []),
        (None, (80,), [], ["fail"]),
        (None, (80, 15008), [], []),
        (None, (), [], ["fail"]),
    ],
)
def test_gateway_has_the_port_that_others_call(
    label: str | None, ports: tuple[int, ...], by_label: list[str], by_ports: list[str]
) -> None:
    own = made.service(
        "gw.istio-system", ISTIO, *ports, labels=Y | ({LABEL: label} if label else {}), ingress=("172.0.0.1",)
    )
    view = mesh(
        HERE,
        [*THERE, own, POD, made.endpoints("gw.istio-system", made.endpoint("10.2.0.9"), **{f"p{p}": p for p in ports})],
    )

    assert [one[0] for one in told(gateway_port_label, view)] == by_label
    assert [one[0] for one in told(gateway_ports, view)] == by_ports


@pytest.mark.parametrize(
    ("target", "ends", "status"), [("tls", True, ["fail"]), ("tls", False, []), ("15443", True, [])]
)
def test_port_of_a_gateway_leads_somewhere(target: str, ends: bool, status: list[str]) -> None:
    port = made.port("tls", 15443, target=target)
    slices = [made.endpoints("gw.istio-system", made.endpoint("10.2.0.9"))] if ends else []
    view = mesh(HERE, [*THERE, replace(entrance(), ports=(port,)), *slices])

    assert [one[0] for one in told(gateway_ports, view)] == status


@pytest.mark.parametrize(
    ("things", "workloads", "words"),
    [
        ([POD, READY], [], ""),
        ([POD], [], "gw-0"),
        ([], [(0, ISTIO)], "scaled to 0"),
        ([], [(2, ISTIO)], "should have 2"),
        ([], [(1, {"istio": "other"})], "istio=eastwestgateway"),
        ([], [], "istio=eastwestgateway"),
    ],
)
def test_gateway_without_ready_pods_is_judged_by_what_runs_it(things: list[Any], workloads: Any, words: str) -> None:
    run = tuple(Workload("Deployment", "istio-system", "gw", count, labels) for count, labels in workloads)
    view = mesh(HERE, [*THERE, entrance(), *things], more={"": {WORKLOADS: run}})

    if not words:
        assert told(gateway_ready, view) == []
        return
    found = only(gateway_ready, view)
    assert words in found.text
    assert bool(found.fix) is (bool(things) or bool(workloads))


DOMAIN = {
    (ENDPOINT_SHARDS, "istiod-1.istio-system"): (Shard("kubernetes.default.svc.cluster.local", "default", "b", ()),)
}


@pytest.mark.parametrize(
    ("gateways", "detail"),
    [
        ([made.exposing("cross.istio-system", "*.local", **ISTIO)], ""),
        ([made.exposing("cross.istio-system", "*", **ISTIO)], ""),
        ([], "No Gateway has a server on port 15443"),
        ([made.exposing("cross.istio-system", "*.local", mode="SIMPLE", **ISTIO)], "TLS mode SIMPLE"),
        ([made.exposing("cross.istio-system", "*.other", **ISTIO)], "exposes only *.other"),
        ([made.exposing("cross.istio-system", "*.local", istio="none")], "selects pods labelled istio=none"),
        ([made.exposing("cross.istio-system", "*.local", port=443, **ISTIO)], "No Gateway has a server"),
    ],
)
def test_gateway_exposes_services_by_a_server_for_its_pods(gateways: list[Any], detail: str) -> None:
    view = mesh(HERE, [*THERE, entrance(), POD, READY, *gateways], more={"b": DOMAIN})

    if not detail:
        assert told(gateway_exposure, view) == []
    else:
        found = only(gateway_exposure, view)
        assert detail in found.text
        assert (found.status.value, found.scope.clusters, found.scope.network) == ("fail", ("b",), "y")
        assert found.fix


@pytest.mark.parametrize(("requests", "status"), [(0, "note"), (1, "fail")])
def test_service_that_is_not_among_those_exposed_fails_where_it_is_called(requests: int, status: str) -> None:
    cart = made.served("cart", "10.2.0.2")
    some = made.exposing("cross.istio-system", "cart.shop.svc.cluster.local", **ISTIO)
    given = {
        (PROXY_ENDPOINTS, f"{name}.shop"): (envoy(host("172.0.0.1", requests=requests)),)
        for name in ("client", "web-0")
    }
    view = mesh([*HERE, cart[0]], [*THERE, *cart, entrance(), POD, READY, some], more={"b": DOMAIN, "a": given})
    found = only(gateway_exposure, view)

    assert (found.status.value, found.scope.names) == (status, ("web.shop",))


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        (ISTIO, ISTIO),
        ({**ISTIO, "app": "gw"}, ISTIO),
        ({"app": "gw", "v": "1"}, {"app": "gw", "v": "1"}),
    ],
)
def test_gateway_is_chosen_by_the_guides_label_or_by_all(selector: dict[str, str], chosen: dict[str, str]) -> None:
    assert fixes.chooses(replace(entrance(), selector=selector)) == chosen


@pytest.mark.parametrize(("taken", "name"), [((), "g"), (("g",), "g-2"), (("g", "g-2", "x"), "g-3"), (("g-2",), "g")])
def test_new_object_has_a_free_name(taken: tuple[str, ...], name: str) -> None:
    assert fixes.free_name("g", taken) == name


def on(network: str | None, claimed: str | None = None, **more: Any) -> Any:
    labels = WEB | ({made.NETWORK: network} if network else {})
    return made.pod("p", labels, environment={"ISTIO_META_NETWORK": claimed} if claimed is not None else {}, **more)


@pytest.mark.parametrize(
    ("pod", "more", "wanted"),
    [
        (on(None), [], []),
        (on("x"), [], []),
        (on("y", "y"), [], [("", ["ba", "ab"])]),
        (on("y"), [], [("", ["ba"])]),
        (on(None, "y"), [], [("", ["ab"])]),
        (on("x", "y"), [], [("", ["ab"])]),
        (on("z", "y"), [], [("", ["ba"]), ("", ["ab"])]),
        (on("y", "y"), [entrance(name="own.istio-system")], []),
        (on("y"), [made.service("web"), made.service("all", WEB)], [("web.shop", ["ba"]), ("all.shop", ["ba"])]),
    ],
)
def test_workload_is_on_another_network_by_label_or_by_its_proxy(pod: Any, more: list[Any], wanted: list[Any]) -> None:
    others = [made.pod(f"o{n}") for n in range(3)]
    view = mesh([pod, *others, *more], [], networks=("x", "y", "z"), more={"": {WORKLOADS: ()}})

    assert [(one[1], one[3]) for one in told(workload_network, view, "a")] == wanted


@pytest.mark.parametrize(
    ("label", "backs", "wanted"),
    [
        ("x", [made.bare("web-0", WEB)], []),
        ("", [made.bare("web-0", WEB)], [("fail", "web.shop", ["ba"])]),
        ("other", [made.bare("web-0", WEB)], [("fail", "web.shop", ["ba"])]),
        ("", [made.pod("web-0", WEB)], [("warn", "", ["ba"])]),
        ("", [made.bare("web-0", WEB | {made.NETWORK: "x"})], [("warn", "", ["ba"])]),
    ],
)
def test_system_namespace_has_the_networks_label(label: str, backs: list[Any], wanted: list[Any]) -> None:
    home = made.namespace(made.SYSTEM, {made.NETWORK: label} if label else {})
    web = [made.service("web", None, 80), made.endpoints("web", made.endpoint("10.1.0.1", "web-0")), INJECTING]
    others = [made.pod(f"o{n}") for n in range(2)]
    gateway = made.service("own.istio-system", ISTIO, 15443, labels={made.NETWORK: "x"})
    view = mesh([home, *web, *backs, *others, gateway], [made.service("web"), INJECTING])

    assert [(one[0], one[1], one[3]) for one in told(system_network, view, "a")] == wanted


def naming(**policy: Any) -> Any:
    return made.rule("web", {"host": "web", **policy})


SNI = {"tls": {"mode": "ISTIO_MUTUAL", "sni": "own"}}
OF_PORT = {"portLevelSettings": [{"port": {"number": 80}, **SNI}]}
OF_OTHER = {"portLevelSettings": [{"port": {"number": 81}, **SNI}]}
OF_SUBSET = [{"name": "v1", "trafficPolicy": SNI}]


@pytest.mark.parametrize(
    ("rule", "counters", "status"),
    [
        (naming(), {}, []),
        (naming(trafficPolicy=SNI), {}, ["fail"]),
        (naming(trafficPolicy=OF_PORT), {}, ["warn"]),
        (naming(trafficPolicy=OF_PORT), {"connections": 1}, ["fail"]),
        (naming(trafficPolicy=OF_PORT), {"connect_failures": 1}, ["fail"]),
        (naming(trafficPolicy=OF_PORT), {"requests": 1}, ["fail"]),
        (naming(trafficPolicy=OF_OTHER), {"requests": 1}, ["warn"]),
        (naming(subsets=OF_SUBSET), {"requests": 1}, ["warn"]),
    ],
)
def test_sni_of_the_operators_own_fails_once_it_is_called(
    rule: Any, counters: dict[str, int], status: list[str]
) -> None:
    given = {(PROXY_ENDPOINTS, f"{name}.shop"): (envoy(host("172.0.0.1", **counters)),) for name in ("client", "web-0")}

    assert [one[0] for one in told(client_sni, mesh([*HERE, rule], [*THERE, entrance()], more={"a": given}))] == status


def test_networks_that_answer_each_other_need_no_gateway() -> None:
    given = {(PROXY_ENDPOINTS, f"{name}.shop"): (envoy(host("10.2.0.1", successes=1)),) for name in ("client", "web-0")}
    open_view = mesh(HERE, THERE, more={"a": given, "b": {WORKLOADS: ()}})
    closed = {key: (envoy(host("10.2.0.1")),) for key in given}

    assert [one[:1] for one in told(networks_apart, open_view)] == [("warn",)]
    assert told(networks_apart, mesh(HERE, THERE, more={"a": closed, "b": {WORKLOADS: ()}})) == []
    assert told(networks_apart, mesh(HERE, [*THERE, entrance()], more={"a": given, "b": {WORKLOADS: ()}})) == []


@pytest.mark.parametrize(
    ("here", "there", "ranges", "status"),
    [
        ("10.1.0.1", "10.2.0.1", ("10.1.0.0/16", "10.2.0.0/16"), []),
        ("10.1.0.1", "10.1.0.1", ("10.1.0.0/16", "10.2.0.0/16"), ["fail"]),
        ("10.1.0.1", "10.2.0.1", ("10.0.0.0/8", "10.2.0.0/16"), ["warn"]),
    ],
)
def test_pod_ranges_of_one_network_differ(here: str, there: str, ranges: tuple[str, str], status: list[str]) -> None:
    sides = [
        [made.pod("p", WEB, addresses=(address,)), Node("n", {}, (cidr,))]
        for address, cidr in ((here, ranges[0]), (there, ranges[1]))
    ]

    assert [one[0] for one in told(pod_ranges, mesh(*sides, networks=("x", "x", "x")))] == status
    assert PAIR.source == "a"

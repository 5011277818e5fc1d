"""Services that are missing, without endpoints, with other ports, hidden or without sidecars, in small meshes."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.services import (
    endpoints_ready,
    pods_injected,
    ports_agree,
    service_exported,
    service_present,
    target_ports,
)
from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS, WORKLOADS
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from tests import made
from tests.checks.small import BACK, INJECTING, PAIR, WEB, mesh, only, told
from tests.path.calls import WHOLE, envoy, host

EXPORT_TO = "networking.istio.io/exportTo"
CURL = made.bare("me", {"app": "curl"})


def served(*addresses: str, **changes: Any) -> list[Any]:
    """Return web with its pods, in a namespace that injects."""
    web, *others = made.served("web", *(addresses or ("10.1.0.1",)))
    return [INJECTING, replace(web, **changes), *others]


def naked(name: str = "late", labels: Any = None) -> Any:
    return made.bare(name, labels if labels is not None else WEB)


@pytest.mark.parametrize(
    ("here", "networks", "wanted"),
    [
        ([*served(), CURL], "xy", ("fail", "", ["ab"])),
        ([*served(), naked("x", {})], "xy", ("warn", "", ["ab"])),
        ([*served(), naked()], "xy", ("warn", "web.shop", ["ba"])),
        ([*served(), naked()], "xx", ("warn", "web.shop", ["ab"])),
        ([INJECTING, made.service("web", WEB, 80), naked()], "xy", ("fail", "web.shop", ["ba"])),
        ([INJECTING, made.service("web", WEB, 80), naked()], "xx", ("warn", "web.shop", ["ab"])),
        ([INJECTING, made.service("web", {"app": "curl"}, 80), CURL], "xy", ("fail", "web.shop", ["ab", "ba"])),
    ],
)
def test_pod_without_its_sidecar_breaks_what_it_calls_and_what_calls_it(
    here: list[Any], networks: str, wanted: tuple[str, str, list[str]]
) -> None:
    status, service, pairs = wanted
    view = mesh(here, served("10.2.0.1"), networks=(*networks, "z"), more={"": {WORKLOADS: ()}})

    assert told(pods_injected, view, "a") == [(status, service, "a", pairs)]
    assert told(pods_injected, view, "b") == []


def test_pod_of_a_namespace_that_injects_elsewhere_is_forgotten_and_one_that_opts_out_is_a_warning() -> None:
    silent, asking = made.namespace("shop"), replace(CURL, inject="false")
    forgotten = mesh([silent, CURL], served("10.2.0.1"), more={"": {WORKLOADS: ()}})
    opted = mesh([INJECTING, asking], [INJECTING], more={"": {WORKLOADS: ()}})

    assert "its namespace injects in b" in only(pods_injected, forgotten, "a").headline
    assert "istio-injection=enabled" in str(only(pods_injected, forgotten, "a").fix[0].shell)
    assert only(pods_injected, opted, "a").status.value == "warn"
    assert only(pods_injected, opted, "a").fix == ()


HTTP, GRPC = made.port("http", 80), made.port("grpc", 90)


@pytest.mark.parametrize(
    ("here", "there", "networks", "status"),
    [
        ((HTTP,), (HTTP,), "xy", []),
        ((HTTP, GRPC), (HTTP, GRPC), "xy", []),
        ((HTTP, GRPC), (GRPC, HTTP), "xy", []),
        ((HTTP,), (HTTP, GRPC), "xy", []),
        ((HTTP, GRPC), (HTTP,), "xy", ["warn"]),
        ((HTTP,), (made.port("web", 80),), "xy", ["fail"]),
        ((HTTP,), (made.port("http", 81),), "xy", ["fail"]),
        ((HTTP,), (made.port("http", 81),), "xx", []),
        ((HTTP,), (made.port("web", 80),), "xx", ["fail"]),
        ((HTTP,), (made.port("http", 80, "UDP"),), "xy", ["fail"]),
        ((HTTP, GRPC), (made.port("a", 80), made.port("b", 90)), "xy", ["fail"]),
        ((), (HTTP,), "xy", []),
    ],
)
def test_ports_agree_by_name_and_across_networks_by_number(
    here: Any, there: Any, networks: str, status: list[str]
) -> None:
    view = mesh(served(ports=here), served("10.2.0.1", ports=there), networks=(*networks, "z"))

    assert [one[0] for one in told(ports_agree, view)] == status
    if status == ["warn"]:
        assert only(ports_agree, view).headline.startswith("Port grpc")


@pytest.mark.parametrize(
    ("third", "odd"), [((HTTP,), "b"), ((made.port("web", 80),), "a"), ((made.port("other", 1),), "b")]
)
def test_ports_that_most_clusters_have_are_right(third: Any, odd: str) -> None:
    view = mesh(
        served(ports=(HTTP,)), served("10.2.0.1", ports=(made.port("web", 80),)), served("10.3.0.1", ports=third)
    )
    found = only(ports_agree, view)

    assert f"other ports in {odd}" in found.headline
    assert f"--context {odd}" in str(found.fix[0].command)


def test_cluster_that_serves_nobody_has_the_wrong_ports() -> None:
    for here, there in (("a", "b"), ("b", "a")):
        empty, full = served(ports=(HTTP,))[:2], served("10.2.0.1", ports=(made.port("web", 80),))
        sides = (empty, full) if here == "a" else (full, empty)
        view = mesh(*sides)
        pair = PAIR if here == "a" else BACK
        assert f"other ports in {here} than in {there}" in only(ports_agree, view, pair).headline


@pytest.mark.parametrize(
    ("here", "there", "settings", "wanted"),
    [
        ([], [made.service("web", WEB, 80), made.pod("p", WEB)], {}, []),
        ([made.pod("p", WEB)], [made.service("web", WEB, 80)], {}, [("fail", "web.shop", "a", ["ba"])]),
        (
            [made.pod("p", WEB)],
            [made.service("web", WEB, 80), made.pod("q", WEB)],
            {},
            [("fail", "web.shop", "a", ["ab", "ba"])],
        ),
        ([made.pod("p", WEB)], [made.service("web", WEB, 80), made.gateway("q", WEB)], {}, []),
        ([made.pod("p", WEB)], [made.service("web.kube-system", WEB, 80)], {}, []),
        ([made.pod("p", WEB)], [made.service("web", WEB, 80)], {"services": ("other",)}, []),
        (
            [],
            [made.service("web", WEB, 80), made.pod("q", WEB)],
            {"services": ("web",)},
            [("fail", "web.shop", "a", ["ab"])],
        ),
        ([], [made.service("web", WEB, 80)], {"services": ("web",)}, [("fail", "web.shop", "a", [])]),
        ([made.service("web"), made.pod("p", WEB)], [made.service("web")], {}, []),
        ([made.bare("p", WEB)], [made.service("web", WEB, 80)], {}, []),
    ],
)
def test_service_is_missing_where_pods_wait_for_it_or_it_is_named(
    here: list[Any], there: list[Any], settings: dict[str, Any], wanted: list[Any]
) -> None:
    assert told(service_present, mesh(here, there, **settings)) == wanted
    assert told(service_present, mesh(there, here, **settings), PAIR) == []


@pytest.mark.parametrize(
    ("requests", "capture", "moved", "served_there", "missed"),
    [
        (1, "", False, True, True),
        (0, "", False, True, False),
        (1, "true", False, True, False),
        (1, "TRUE", False, True, False),
        (1, "false", False, True, True),
        (1, "", True, True, False),
        (1, "", False, False, False),
    ],
)
def test_service_that_was_called_and_is_gone_is_missed(
    requests: int, capture: str, moved: bool, served_there: bool, missed: bool
) -> None:
    environment = {"ISTIO_META_DNS_CAPTURE": capture} if capture else {}
    here = [made.pod("client", environment=environment), *([made.service("web.bank")] if moved else [])]
    there = made.served("web", "10.2.0.1")[: None if served_there else 1]
    given = {(PROXY_ENDPOINTS, "client.shop"): (envoy(host("10.2.0.1", requests=requests)),)}

    assert [one[0] for one in told(service_present, mesh(here, there, more={"a": given}))] == ["fail"] * missed


def workload(replicas: int, name: str = "web", labels: Any = None) -> Workload:
    return Workload("Deployment", "shop", name, replicas, WEB if labels is None else labels)


WEB_SERVICE = [INJECTING, made.service("web", WEB, 80)]
UNREADY = [*WEB_SERVICE, made.pod("p", WEB, ready=False)]


@pytest.mark.parametrize(
    ("here", "there", "workloads", "status"),
    [
        (served(), served("10.2.0.1"), (), []),
        (served(), UNREADY, (), ["fail"]),
        (served(), WEB_SERVICE, (), []),
        (served(), WEB_SERVICE, (workload(0),), ["note"]),
        (served(), WEB_SERVICE, (workload(1),), ["fail"]),
        (served(), WEB_SERVICE, (workload(0), workload(2, "other")), ["fail"]),
        (WEB_SERVICE, WEB_SERVICE, (workload(0),), ["warn"]),
        (UNREADY, WEB_SERVICE, (workload(0),), ["fail"]),
        (served(), [INJECTING, made.service("web", {"app": "x"}, 80), made.pod("p", WEB)], (), ["fail"]),
    ],
)
def test_service_without_ready_endpoints_is_judged_by_what_runs_it(
    here: list[Any], there: list[Any], workloads: Any, status: list[str]
) -> None:
    view = mesh(here, there, more={"": {WORKLOADS: workloads}})

    assert [one[0] for one in told(endpoints_ready, view)] == status


def test_service_that_was_named_and_is_scaled_to_nothing_everywhere_fails() -> None:
    view = mesh(WEB_SERVICE, WEB_SERVICE, more={"": {WORKLOADS: (workload(0),)}}, services=("web",))
    found = only(endpoints_ready, view)

    assert found.headline.endswith("it is scaled to 0")
    assert only(endpoints_ready, mesh(served(), WEB_SERVICE, more={"": {WORKLOADS: (workload(3),)}})).headline.endswith(
        "none of its pods is created"
    )
    assert "another" not in found.text


GATEWAY = made.service("gw.istio-system", {"app": "gw"}, 15443, labels={made.NETWORK: "y"}, ingress=("172.0.0.1",))
CLIENT = made.pod("client", {"app": "client"})


def exported(value: str, *more: Any) -> list[Any]:
    return [*served(annotations={EXPORT_TO: value}), CLIENT, *more]


@pytest.mark.parametrize(
    ("here", "there", "networks", "wanted"),
    [
        (exported("*"), exported("*", GATEWAY), "xy", []),
        (exported("."), exported("*", GATEWAY), "xy", []),
        (exported("bank"), exported("*", GATEWAY), "xy", [("fail", "web.shop", "a", ["ab"])]),
        (exported("~"), exported("*", GATEWAY), "xy", [("fail", "web.shop", "a", ["ab"])]),
        (exported("*"), exported(".", GATEWAY), "xy", [("fail", "web.shop", "b", ["ab"])]),
        (exported("*"), exported("., istio-system", GATEWAY), "xy", []),
        (exported("*"), exported(".", GATEWAY), "xx", []),
        (exported("*"), exported("."), "xy", []),
        (
            exported("bank"),
            exported(".", GATEWAY),
            "xy",
            [("fail", "web.shop", "a", ["ab"]), ("fail", "web.shop", "b", ["ab"])],
        ),
    ],
)
def test_service_is_exported_to_its_clients_and_to_a_gateway(here: Any, there: Any, networks: str, wanted: Any) -> None:
    assert told(service_exported, mesh(here, there, networks=(*networks, "z"))) == wanted


def test_one_gateway_that_sees_a_service_is_enough() -> None:
    other = replace(GATEWAY, namespace="shop")

    assert told(service_exported, mesh(exported("*"), exported(".", GATEWAY, other))) == []


def targeted(target: int, declared: tuple[int, ...], address: str, *more: Any) -> list[Any]:
    """Return web whose endpoints have this port, and whose pods declare others."""
    web = made.service("web", None, 80)
    ends = made.endpoints("web", made.endpoint(address, "web-0"), **({"p80": target} if target else {"other": 1}))
    return [INJECTING, web, ends, made.pod("web-0", WEB, addresses=(address,), ports=declared), *more]


@pytest.mark.parametrize(
    ("here", "there", "counters", "status"),
    [
        ((8080, (8080,)), (8080, (8080,)), {}, []),
        ((8080, (8080,)), (9090, (8080,)), {}, ["warn"]),
        ((8080, (8080,)), (9090, (8080,)), {"errors": 1}, ["fail"]),
        ((8080, (8080,)), (9090, (8080,)), {"successes": 1}, []),
        ((8080, (8080,)), (9090, (8080,)), {"successes": 1, "errors": 1}, ["fail"]),
        ((8080, (8080,)), (9090, (8080, 9090)), {}, []),
        ((8080, (8080,)), (9090, (9090,)), {}, []),
        ((8080, ()), (9090, (8080,)), {}, []),
        ((8080, (8080,)), (0, (8080,)), {}, ["fail"]),
        ((0, (8080,)), (0, (8080,)), {}, ["fail"]),
    ],
)
def test_target_port_leads_nowhere_where_the_pods_serve_another(
    here: Any, there: Any, counters: dict[str, int], status: list[str]
) -> None:
    given = {(PROXY_ENDPOINTS, one): (envoy(host("10.2.0.1", **counters)),) for one in ("client.shop", "web-0.shop")}
    view = mesh(targeted(*here, "10.1.0.1"), targeted(*there, "10.2.0.1"), networks=("x", "x", "x"), more={"a": given})

    found = list(target_ports.run(view, PAIR))
    assert [one.status.value for one in found] == status
    for one in found:
        assert bool(one.fix) is bool(here[0])
        assert bool(one.advice) is not bool(here[0])
    assert WHOLE.startswith("outbound")


@pytest.mark.parametrize(
    ("declared", "counters", "detail"),
    [
        ((8080,), {}, "It fails with the first call"),
        ((8080, 15090), {"requests": 12}, "Envoy counts no errors of TCP calls"),
        ((8080, 8081), {}, ""),
        ((9090,), {}, ""),
        ((), {}, ""),
    ],
)
def test_target_port_of_pods_in_one_cluster_alone_is_told_by_the_one_port_that_they_declare(
    declared: tuple[int, ...], counters: dict[str, int], detail: str
) -> None:
    given = {(PROXY_ENDPOINTS, "client.shop"): (envoy(host("10.2.0.1", **counters)),)}
    here = [INJECTING, made.service("web", None, 80), made.pod("client")]
    view = mesh(here, targeted(9090, declared, "10.2.0.1"), networks=("x", "x", "x"), more={"a": given})

    found = list(target_ports.run(view, PAIR))
    assert [one.status.value for one in found] == ["warn"] * bool(detail)
    assert all(detail in str(one.detail) and "8080" in str(one.fix[0].shell) for one in found)

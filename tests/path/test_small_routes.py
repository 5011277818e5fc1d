"""Where a client's proxy sends requests, and when its routes are looked at."""

from typing import Any

import msgspec
import pytest

from kubectl_mcdiag.evidence.parsers.envoy.routing import VirtualHost
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import virtual_service
from kubectl_mcdiag.path import route
from kubectl_mcdiag.path.hop import Reason, State
from kubectl_mcdiag.path.routes import destinations, plain, tcp_clusters, virtual_host
from tests import made
from tests.path.calls import CALL, FAR, HOST, WHOLE, config, envoy, host, listener, mesh

V1 = f"outbound|80|v1|{HOST}"
ALL, API = {"prefix": "/"}, {"prefix": "/api"}
SOME = {"prefix": "/", "headers": [{"name": "x"}]}
ASKED = {"prefix": "/", "query_parameters": [{"name": "x"}]}
RULE = virtual_service("web", "shop", {"hosts": ["web"]})


def to(cluster: str, match: Any = None, **more: Any) -> dict[str, Any]:
    return {"match": match or ALL, "route": {"cluster": cluster, **more}}


def table(name: str, *routes: Any, domains: tuple[str, ...] = (HOST,)) -> dict[str, Any]:
    return {"name": name, "virtual_hosts": [{"name": f"of {name}", "domains": list(domains), "routes": list(routes)}]}


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ([], None),
        ([table("80")], "of 80"),
        ([table("81")], None),
        ([table("80", domains=("other",))], None),
        ([table("80", domains=("other", f"{HOST}:80"))], "of 80"),
        ([table("80", domains=(f"{HOST}:81",))], None),
        ([table("80"), table(f"{HOST}:80")], f"of {HOST}:80"),
        ([table(f"{HOST}:80"), table("80")], f"of {HOST}:80"),
    ],
)
def test_virtual_host_is_of_the_port_and_a_table_of_its_own_comes_first(tables: list[Any], found: str | None) -> None:
    host = virtual_host(config(routes=tables), HOST, 80)

    assert (host.name if host else None) == found


@pytest.mark.parametrize(
    ("routes", "taken"),
    [
        ([to("a")], "a"),
        ([to("a", SOME), to("b")], "b"),
        ([to("a", ASKED), to("b")], "b"),
        ([to("a", API), to("b")], "ab"),
        ([to("a"), to("b")], "a"),
        ([to("a", SOME)], ""),
        ([{"match": ALL, "redirect": {}}, to("b")], ""),
    ],
)
def test_plain_requests_take_routes_up_to_the_first_that_is_for_all(routes: list[Any], taken: str) -> None:
    found = msgspec.convert({"routes": routes}, VirtualHost)

    assert "".join(way.cluster for way in destinations(found)) == taken
    assert len(list(plain(found))) == len(taken) + ("redirect" in str(routes))


def test_shares_of_a_route_leave_out_what_has_no_weight() -> None:
    shared = [{"name": "a", "weight": 90}, {"name": "b", "weight": 10}, {"name": "c"}]
    found = msgspec.convert(
        {"routes": [{"match": API, "route": {"weighted_clusters": {"clusters": shared}}}]}, VirtualHost
    )

    assert [(way.path, way.cluster, way.share) for way in destinations(found)] == [("/api", "a", 90), ("/api", "b", 10)]


def chain(*clusters: str) -> dict[str, Any]:
    return {"filters": [{"name": "tcp", "typed_config": {"cluster": cluster}} for cluster in clusters]}


@pytest.mark.parametrize(
    ("name", "clusters", "active", "found"),
    [
        ("10.0.0.1_80", [WHOLE], True, (WHOLE,)),
        ("0.0.0.0_80", [WHOLE], True, (WHOLE,)),
        ("[::]_80", [WHOLE], True, (WHOLE,)),
        ("10.0.0.1_81", [WHOLE], True, ()),
        ("10.0.0.2_80", [WHOLE], True, ()),
        ("10.0.0.1_80", [WHOLE], False, ()),
        ("10.0.0.1_80", ["PassthroughCluster", WHOLE], True, (WHOLE,)),
    ],
)
def test_connections_are_passed_to_the_clusters_of_the_services_listener(
    name: str, clusters: list[str], active: bool, found: tuple[str, ...]
) -> None:
    one = listener(name, 80, chain(*clusters), active=active)

    assert tcp_clusters(config(listeners=[one]), "10.0.0.1", 80) == found


@pytest.mark.parametrize(
    ("routes", "state", "reason", "values"),
    [
        ([to(WHOLE)], State.WORKS, Reason.NONE, {}),
        ([to(V1)], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {"cluster": V1, "path": "/"}),
        ([to(WHOLE, API), to(V1)], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {"cluster": V1, "path": "/"}),
        ([to(V1, API), to(WHOLE)], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {"cluster": V1, "path": "/api"}),
        ([to("outbound|80||other.shop.svc.cluster.local")], State.WORKS, Reason.NONE, {}),
        ([to("outbound|81||other.shop.svc.cluster.local")], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {}),
        ([to("outbound|80|v1|other.shop.svc.cluster.local")], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {}),
        ([to("outbound|80||none.shop.svc.cluster.local")], State.BROKEN, Reason.ROUTE_TO_NOWHERE, {}),
        ([], State.BROKEN, Reason.NO_ROUTE, {"host": "of 80"}),
        ([to(WHOLE, SOME)], State.BROKEN, Reason.NO_ROUTE, {}),
        ([to(WHOLE, timeout="0.005s")], State.BROKEN, Reason.NO_TIME, {"timeout": "0.005s"}),
        ([to(WHOLE, timeout="0.006s")], State.WORKS, Reason.NONE, {}),
        ([to(WHOLE, timeout="0s")], State.WORKS, Reason.NONE, {}),
        ([{"match": ALL, "direct_response": {"status": 404}}], State.BROKEN, Reason.ABORTED, {"status": "404"}),
        ([{"match": ALL, "redirect": {}}], State.BROKEN, Reason.REDIRECTED, {"path": "/"}),
    ],
)
def test_route_stands_as_the_clients_envoy_holds_it(
    routes: list[Any], state: State, reason: Reason, values: dict[str, str]
) -> None:
    other = made.service("other", None, 80)
    view = mesh(host(FAR), here=(RULE, other), client=config(routes=[table("80", *routes)]))
    hop = route.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    assert values.items() <= hop.values.items()


def test_route_that_nothing_alters_is_not_read() -> None:
    hop = route.judge(mesh(host(FAR)), CALL)

    assert (hop.state, hop.note) == (State.WORKS, route.UNTOUCHED)
    assert route.routes_unread(mesh(host(FAR)), CALL) is None


def test_route_that_should_be_read_and_was_not_is_not_seen() -> None:
    view = mesh(host(FAR), here=(RULE,))

    assert route.judge(view, CALL).state is State.NOT_SEEN
    assert str(route.routes_unread(view, CALL)) == route.judge(view, CALL).note != ""
    assert [way.cluster for way in route.targets(view, CALL)] == [WHOLE]


def test_targets_are_the_clusters_that_exist() -> None:
    held = (envoy(host(FAR)), envoy(host(FAR), name=V1))
    ways = {"clusters": [{"name": name, "weight": 50} for name in (V1, f"outbound|80|v2|{HOST}")]}
    routes = config(routes=[table("80", {"match": ALL, "route": {"weighted_clusters": ways}})])

    found = route.targets(mesh(clusters=held, here=(RULE,), client=routes), CALL)

    assert [(way.cluster, way.share) for way in found] == [(V1, 50)]
    assert route.targets(mesh(clusters=()), CALL) == ()


def test_without_routes_the_listener_of_the_address_says_where_connections_go() -> None:
    tcp = config(listeners=[listener("10.0.0.1_80", 80, chain(WHOLE))])
    view = mesh(host(FAR), here=(RULE,), client=tcp)

    assert route.judge(view, CALL).seen[0].lines == (f"TCP → {WHOLE}",)


def test_way_of_a_share_is_written_with_it() -> None:
    both = {"clusters": [{"name": WHOLE, "weight": 70}, {"name": WHOLE, "weight": 30}]}
    view = mesh(
        host(FAR),
        here=(RULE,),
        client=config(routes=[table("80", {"match": API, "route": {"weighted_clusters": both}}, to(WHOLE))]),
    )

    assert route.judge(view, CALL).seen[0].lines == (f"/api → {WHOLE} 70", f"/api → {WHOLE} 30", f"/ → {WHOLE}")

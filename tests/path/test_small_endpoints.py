"""Endpoints that lead to the other cluster: none, of a subset, of pods, ejected, spare."""

from typing import Any

import pytest

from kubectl_mcdiag.path import endpoints
from kubectl_mcdiag.path.hop import Reason, State
from tests import made
from tests.path.calls import CALL, FAR, GATEWAY, HOST, NEAR, WHOLE, config, envoy, host, mesh

SUBSET = f"outbound|80|v1|{HOST}"
OTHER = "outbound|80||other.shop.svc.cluster.local"
RULE = made.rule("web", {"host": "web", "subsets": [{"name": "v1", "labels": {"v": "1"}}]})
APART = ("x", "y")


def routed(*names: str) -> Any:
    """Return what the client's proxy holds where requests go to these clusters."""
    shared = {"clusters": [{"name": name, "weight": 1} for name in names]}
    route = {"match": {"prefix": "/"}, "route": {"weighted_clusters": shared}}
    hosts = [{"name": "h", "domains": [HOST], "routes": [route]}]
    return config(routes=[{"name": "80", "virtual_hosts": hosts}], clusters=[{"name": name} for name in names])


@pytest.mark.parametrize(
    ("hosts", "networks", "state", "reason"),
    [
        ([host(GATEWAY)], APART, State.WORKS, Reason.NONE),
        ([host(NEAR), host(GATEWAY)], APART, State.WORKS, Reason.NONE),
        ([host(NEAR)], APART, State.BROKEN, Reason.NO_ENDPOINTS),
        ([], APART, State.BROKEN, Reason.NO_ENDPOINTS),
        ([host(FAR)], APART, State.BROKEN, Reason.POD_ADDRESS),
        ([host(FAR, successes=1)], APART, State.WORKS, Reason.NONE),
        ([host("10.9.0.9")], ("", ""), State.BROKEN, Reason.NO_ENDPOINTS),
        ([host(FAR)], ("", ""), State.WORKS, Reason.NONE),
        ([host(GATEWAY, ejected=True)], APART, State.BROKEN, Reason.EJECTED),
        ([host(GATEWAY, ejected=True), host(NEAR)], APART, State.BROKEN, Reason.EJECTED),
        ([host(GATEWAY, health="UNHEALTHY")], APART, State.BROKEN, Reason.EJECTED),
        ([host(GATEWAY, priority=1), host(NEAR)], APART, State.KEPT_AWAY, Reason.NONE),
        ([host(GATEWAY, priority=1)], APART, State.WORKS, Reason.NONE),
        ([host(GATEWAY), host(NEAR, priority=1)], APART, State.WORKS, Reason.NONE),
        ([host(GATEWAY, priority=1), host(NEAR, priority=1)], APART, State.WORKS, Reason.NONE),
    ],
)
def test_endpoints_stand_as_the_clients_envoy_holds_them(
    hosts: list[Any], networks: tuple[str, str], state: State, reason: Reason
) -> None:
    view = mesh(*hosts, networks=networks)
    hop = endpoints.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    assert endpoints.holds(view, CALL) is (state is State.WORKS)
    if state is State.BROKEN:
        assert hop.values["cluster"] == WHOLE
        assert hop.values["destination"] == "b"


@pytest.mark.parametrize(
    ("clusters", "ways", "state", "reason"),
    [
        ([envoy(host(GATEWAY)), envoy(host(GATEWAY), name=SUBSET)], (SUBSET,), State.WORKS, Reason.NONE),
        ([envoy(host(GATEWAY)), envoy(name=SUBSET)], (SUBSET,), State.BROKEN, Reason.NO_SUBSET),
        ([envoy(host(GATEWAY)), envoy(name=SUBSET)], (WHOLE, SUBSET), State.BROKEN, Reason.NO_SUBSET),
        ([envoy(host(GATEWAY)), envoy(host(NEAR), name=SUBSET)], (SUBSET,), State.KEPT_AWAY, Reason.NONE),
        ([envoy(host(GATEWAY)), envoy(host(NEAR), name=SUBSET)], (WHOLE, SUBSET), State.WORKS, Reason.NONE),
        ([envoy(host(NEAR)), envoy(host(NEAR), name=SUBSET)], (WHOLE, SUBSET), State.BROKEN, Reason.NO_ENDPOINTS),
        ([envoy(host(GATEWAY)), envoy(host(NEAR), name=OTHER)], (OTHER,), State.KEPT_AWAY, Reason.NONE),
    ],
)
def test_calls_go_where_they_are_routed(clusters: Any, ways: tuple[str, ...], state: State, reason: Reason) -> None:
    view = mesh(clusters=tuple(clusters), networks=APART, here=(RULE,), client=routed(*ways))
    hop = endpoints.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    if state is State.KEPT_AWAY:
        assert hop.note == f"calls go to {', '.join(ways)} alone"


def test_endpoints_of_the_whole_service_prove_nothing_good_where_routes_are_unread() -> None:
    assert endpoints.judge(mesh(host(GATEWAY), networks=APART, here=(RULE,)), CALL).state is State.NOT_SEEN
    assert endpoints.judge(mesh(host(NEAR), networks=APART, here=(RULE,)), CALL).state is State.BROKEN


def test_spare_is_what_has_a_lower_priority_in_all_its_endpoints() -> None:
    def spare(*hosts: Any, of: tuple[Any, ...]) -> bool:
        return endpoints.Leading(envoy(*of), hosts).is_spare

    first, second = host(NEAR), host(GATEWAY, priority=1)
    assert spare(second, of=(first, second))
    assert not spare(first, second, of=(first, second))
    assert not spare(first, of=(first, second))
    assert not spare(of=(first, second))
    assert not spare(of=())

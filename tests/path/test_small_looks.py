"""Which calls are looked into, what guards a server, and which hop of a path is to blame."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import authorization_policy
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import envoy_filter, request_authentication, service_entry
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import virtual_service
from kubectl_mcdiag.path import touched
from kubectl_mcdiag.path.guarding import filters_on, with_objects
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State
from kubectl_mcdiag.path.trace import Path
from tests import made
from tests.path.calls import CALL, FAR, INJECTING, PAIR, envoy, host, mesh

WEB = ("web.shop",)


def altering(name: str, host: str = "web", **spec: Any) -> Any:
    return made.rule(name, {"host": host, **spec})


def filtering(name: str, where: str, selector: Any = None) -> Any:
    patches = [{"applyTo": "HTTP_FILTER", "match": {"context": where}, "patch": {"operation": "ADD", "value": {}}}]
    called, space = made.named(name)
    return envoy_filter(called, space, {"configPatches": patches, "workloadSelector": {"labels": selector or {}}})


@pytest.mark.parametrize(
    ("here", "looked"),
    [
        ((), False),
        ((virtual_service("v", "shop", {"hosts": ["web"]}),), True),
        ((virtual_service("v", "shop", {"hosts": ["other"]}),), False),
        ((virtual_service("v", "bank", {"hosts": ["other", "web.shop.svc.cluster.local"]}),), True),
        ((altering("r"),), False),
        ((altering("r", subsets=[{"name": "v1"}]),), True),
        ((altering("r", trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}}),), True),
        ((altering("r", trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL", "sni": "x"}}),), True),
        ((altering("r", "other", subsets=[{"name": "v1"}]),), False),
        (
            (
                altering(
                    "r", trafficPolicy={"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}]}
                ),
            ),
            True,
        ),
        ((service_entry("s", "shop", {"hosts": ["web.shop.svc.cluster.local"]}),), True),
        ((service_entry("s", "shop", {"hosts": ["*.cluster.local"]}),), False),
        ((filtering("f", "SIDECAR_OUTBOUND"),), True),
        ((filtering("f", "ANY"),), True),
        ((filtering("f", "SIDECAR_INBOUND"),), False),
        ((filtering("f.bank", "SIDECAR_OUTBOUND"),), False),
        ((filtering("f.istio-system", "SIDECAR_OUTBOUND"),), True),
    ],
)
def test_calls_that_an_object_alters_are_looked_into(here: tuple[Any, ...], looked: bool) -> None:
    assert touched.looked_at(mesh(host(FAR), here=here), "a", "client.shop") == (WEB if looked else ())


@pytest.mark.parametrize(
    ("counters", "looked"),
    [({}, False), ({"connect_failures": 1}, True), ({"errors": 1}, True), ({"requests": 1}, False)],
)
def test_calls_that_have_failed_are_looked_into(counters: dict[str, int], looked: bool) -> None:
    assert touched.is_looked_at(mesh(host(FAR, **counters)), "a", "client.shop", "web.shop") is looked
    assert touched.looked_at(mesh(host(FAR), services=("web",)), "a", "client.shop") == WEB


def authorizing(**spec: Any) -> Any:
    return authorization_policy("p", "shop", spec)


def asking(name: str, **spec: Any) -> Any:
    called, space = made.named(name)
    return request_authentication(called, space, spec)


@pytest.mark.parametrize(
    ("there", "guard"),
    [
        ((), ""),
        ((authorizing(),), "AuthorizationPolicy p.shop"),
        ((authorizing(action="AUDIT"),), ""),
        ((authorizing(selector={"matchLabels": {"app": "x"}}),), ""),
        ((asking("t"),), "RequestAuthentication t.shop"),
        ((asking("t.istio-system"),), "RequestAuthentication t.istio-system"),
        ((asking("t.bank"),), ""),
        ((asking("t", targetRef={"name": "w"}),), ""),
        ((asking("t", selector={"matchLabels": {"app": "web"}}),), "RequestAuthentication t.shop"),
        ((asking("t", selector={"matchLabels": {"app": "x"}}),), ""),
        ((filtering("f", "SIDECAR_INBOUND"),), "EnvoyFilter f.shop"),
        ((filtering("f", "SIDECAR_OUTBOUND"),), ""),
        ((filtering("f", "SIDECAR_INBOUND", {"app": "web"}),), "EnvoyFilter f.shop"),
        ((filtering("f", "SIDECAR_INBOUND", {"app": "x"}),), ""),
    ],
)
def test_server_is_guarded_by_what_is_about_its_pod(there: tuple[Any, ...], guard: str) -> None:
    view = mesh(host(FAR), there=there)

    assert touched.guards(view, "b", "web.shop") == ((guard,) if guard else ())
    assert touched.is_guarded(view, "a", "web.shop") is bool(guard)
    assert touched.is_guarded(view, "b", "web.shop") is False
    assert touched.is_looked_at(view, "a", "client.shop", "web.shop") is bool(guard)


def many(count: int, **settings: Any) -> Any:
    """Return a mesh of services of which the last looks wrong, and an EnvoyFilter that alters them all."""
    names = [f"s{number}" for number in range(count)]
    both = [thing for name in names for thing in made.served(name, FAR)]
    bad = envoy(host(FAR, errors=1), name=f"outbound|80||{names[-1]}.shop.svc.cluster.local")
    every = filtering("f", "SIDECAR_OUTBOUND")
    return mesh(clusters=(bad,), here=(*both, every), there=tuple(both), **settings)


def test_no_more_services_are_looked_into_than_are_needed_and_the_worst_come_first() -> None:
    view = many(8)
    looked = touched.looked_at(view, "a", "client.shop")

    assert len(looked) == touched.MOST == 6
    assert looked[0] == "s7.shop"
    assert set(touched.left_out(view, "a", "client.shop")) == {"s5.shop", "s6.shop", "web.shop"}


def test_services_that_are_named_come_first_and_all_of_them_are_looked_into() -> None:
    wanted = tuple(f"s{number}" for number in range(7))
    looked = touched.looked_at(many(8, services=wanted), "a", "client.shop")

    assert looked == tuple(f"{name}.shop" for name in wanted)


@pytest.mark.parametrize(
    ("policy", "objects", "wanted"),
    [
        ("all", "EnvoyFilter f.shop", "all (EnvoyFilter f.shop)"),
        ("all", "", "all"),
        ("", "EnvoyFilter f.shop", ""),
        ("AuthorizationPolicy p.shop", "EnvoyFilter f.shop", "AuthorizationPolicy p.shop"),
    ],
)
def test_filters_are_named_beside_a_policy_that_no_object_made(policy: str, objects: str, wanted: str) -> None:
    assert with_objects(policy, objects) == wanted


def test_filters_of_a_pod_are_named() -> None:
    view = mesh(host(FAR), there=(filtering("f", "GATEWAY"), filtering("g", "ANY"), filtering("h", "SIDECAR_INBOUND")))
    pod = made.pod("web-0", {"app": "web"})

    assert filters_on(view, "b", pod, "GATEWAY") == "EnvoyFilter f.shop, EnvoyFilter g.shop"


def path(**states: State) -> Path:
    return Path(CALL, tuple(Hop(Kind[kind.upper()], state) for kind, state in states.items()))


@pytest.mark.parametrize(
    ("hops", "broken", "state"),
    [
        ({"name": State.WORKS}, None, State.WORKS),
        ({"name": State.WORKS, "route": State.IDLE}, None, State.IDLE),
        ({"name": State.IDLE, "route": State.NOT_SEEN}, None, State.NOT_SEEN),
        ({"name": State.NOT_SEEN, "route": State.KEPT_AWAY}, None, State.KEPT_AWAY),
        ({"route": State.BROKEN}, Kind.ROUTE, State.BROKEN),
        ({"connection": State.BROKEN}, Kind.CONNECTION, State.BROKEN),
        ({"connection": State.BROKEN, "trust": State.BROKEN}, Kind.TRUST, State.BROKEN),
        ({"connection": State.BROKEN, "trust": State.KEPT_AWAY}, Kind.CONNECTION, State.BROKEN),
        ({"entrance": State.BROKEN, "trust": State.BROKEN}, Kind.ENTRANCE, State.BROKEN),
    ],
)
def test_path_is_as_bad_as_its_worst_hop_and_what_explains_a_failed_connection_is_blamed(
    hops: dict[str, State], broken: Kind | None, state: State
) -> None:
    found = path(**hops)

    assert (found.broken.kind if found.broken else None) is broken
    assert found.state is state
    assert found.hop(Kind.ANSWER) is None
    assert [found.hop(hop.kind) for hop in found.hops] == list(found.hops)


def test_words_are_those_of_the_reason_or_the_note() -> None:
    hop = Hop(Kind.CONNECTION, State.BROKEN, Reason.NO_CONNECTION, {"address": "x:1"}, note="seen")

    assert path().words(hop) == "The proxy of client.shop in a cannot connect to x:1"
    assert path().words(replace(hop, reason=Reason.NONE)) == "seen"
    assert {hop.stops for hop in path(name=State.BROKEN, route=State.KEPT_AWAY).hops} == {True}
    assert not path(name=State.NOT_SEEN).hops[0].stops
    assert PAIR.source == CALL.source
    assert INJECTING.name == "shop"

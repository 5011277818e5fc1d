"""Which connections fail, by two readings of counters; and what request loops tell."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.commands import PROBE_REQUESTS
from kubectl_mcdiag.evidence.parsers.probes.requests import NUMBER, Answer, Answers
from kubectl_mcdiag.mesh.traffic import connections as facts
from kubectl_mcdiag.mesh.traffic import probes
from tests import made
from tests.path.calls import FAR, NEAR, envoy, host, mesh

ARGUMENTS = ("a", "client.shop", "web.shop", "b")


@pytest.mark.parametrize(
    ("first", "last", "fails", "tried"),
    [
        ({}, {}, False, 0),
        ({}, {"connect_failures": 1}, True, 1),
        ({}, {"connections": 2}, True, 2),
        ({}, {"connections": 2, "connect_failures": 1}, True, 2),
        ({}, {"connections": 1, "requests": 1}, False, 1),
        ({"connect_failures": 5}, {"connect_failures": 5}, False, 0),
        ({"connect_failures": 5, "requests": 1}, {"connect_failures": 7, "requests": 1}, True, 2),
        ({}, {"active": 3}, True, 3),
        ({"requests": 1, "active": 1}, {"requests": 1, "active": 1}, False, 1),
    ],
)
def test_connections_fail_that_were_tried_and_carried_no_request(
    first: dict[str, int], last: dict[str, int], fails: bool, tried: int
) -> None:
    before, after = host(FAR, **first), host(FAR, **last)

    assert facts.fails(before, after) is fails
    assert facts.tried(before, after) == tried
    assert facts.is_suspicious(before) is bool(first.get("connect_failures"))


BAD, WORSE, GOOD = {"connect_failures": 1}, {"connect_failures": 2}, {"successes": 1, "requests": 1}
SUBSET = "outbound|80|v1|web.shop.svc.cluster.local"


@pytest.mark.parametrize(
    ("first", "last", "failing"),
    [
        ([host(FAR, **BAD)], [envoy(host(FAR, **WORSE))], 1),
        ([host(FAR, **BAD)], [envoy(host(FAR, **BAD))], 0),
        ([host(FAR)], [envoy(host(FAR, **WORSE))], 0),
        ([host("10.9.0.1", **BAD)], [envoy(host("10.9.0.1", **WORSE))], 0),
        ([host(FAR, **BAD)], [envoy(host(FAR, port=81, **WORSE))], 0),
        ([host(FAR, **BAD)], [envoy(host(FAR, **WORSE), name=SUBSET)], 0),
        ([host(FAR, **BAD), host(FAR, **BAD)], [envoy(host(FAR, **WORSE))], 1),
    ],
)
def test_endpoint_fails_by_its_own_counters_read_again(first: Any, last: Any, failing: int) -> None:
    view = mesh(*first, later=tuple(last), near=False)

    assert len(list(facts.failing_hosts(view, *ARGUMENTS))) == failing
    assert facts.calls_fail(view, "a", "b") is bool(failing)


def test_what_is_not_there_has_not_failed_and_what_is_local_needs_no_second_reading() -> None:
    assert facts.has_failed(mesh(host(FAR, **BAD), near=False), "a", "b")
    assert not facts.has_failed(mesh(host(FAR), near=False), "a", "b")
    assert not facts.has_failed(mesh(host("10.9.0.1", **BAD), near=False), "a", "b")
    for address, needed in ((FAR, True), (NEAR, False), ("10.9.0.1", True)):
        assert facts.needs_second_reading(mesh(host(address, **BAD)), "a", "client.shop") is needed
        assert facts.is_doubtful(mesh(host(address, **BAD)), "b") is needed
    assert not facts.needs_second_reading(mesh(host(FAR)), "a", "client.shop")
    assert not facts.is_doubtful(mesh(host(FAR, **BAD)), "a")
    assert facts.was_read_again(mesh(host(FAR), later=()), "b")
    assert not facts.was_read_again(mesh(host(FAR), later=()), "a")
    assert not facts.was_read_again(mesh(host(FAR)), "b")


def test_endpoint_that_fails_is_told_with_one_that_answers() -> None:
    other = "10.2.0.2"
    there = (made.endpoints("web", made.endpoint(other, "web-0")),)
    later = (envoy(host(FAR, **WORSE), host(other, **GOOD)),)

    def partly(*hosts: Any) -> list[tuple[str, str]]:
        view = mesh(*hosts, later=later, there=there, near=False)
        return [(dead.address, alive.address) for dead, alive in facts.partly_connected(view, "a", "client.shop", "b")]

    assert partly(host(FAR, **BAD), host(other, **GOOD)) == [(FAR, other)]
    assert partly(host(FAR, **BAD), host(other)) == []
    assert partly(host(FAR), host(other, **GOOD)) == []


@pytest.mark.parametrize(
    ("networks", "hosts", "answered", "directly"),
    [
        (("", ""), [host(FAR, **GOOD)], (f"{FAR}:80",), ()),
        (("", ""), [host(FAR)], (), ()),
        (("x", "y"), [host("172.0.0.1", **GOOD)], ("172.0.0.1:80",), ()),
        (("x", "y"), [host(FAR, **GOOD)], (), (f"{FAR}:80",)),
        (("x", "y"), [host(FAR)], (), ()),
    ],
)
def test_endpoints_have_answered_through_a_gateway_or_at_their_own_address(
    networks: tuple[str, str], hosts: Any, answered: Any, directly: Any
) -> None:
    view = mesh(*hosts, networks=networks, near=False)

    assert facts.answered_endpoints(view, "a", "b") == answered
    assert facts.answered_directly(view, "a", "b") == directly


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, False),
        ({"ready": False}, True),
        ({"ready": False, "phase": "Pending"}, True),
        ({"ready": False, "phase": "Failed"}, False),
        ({"ready": False, "containers": ("app",)}, False),
    ],
)
def test_pod_waits_for_its_sidecar(changes: dict[str, Any], wanted: bool) -> None:
    assert facts.waits(replace(made.pod("one"), **changes)) is wanted


@pytest.mark.parametrize(
    ("name", "ports", "url"),
    [
        ("web", (made.port("http", 80),), "http://web.shop:80/"),
        ("web", (made.port("tcp", 80), made.port("http-x", 81)), "http://web.shop:81/"),
        ("web", (made.port("tcp", 80, application="http"),), "http://web.shop:80/"),
        ("web", (made.port("http", 80, application="tcp"),), ""),
        ("web", (), ""),
        ("helloworld", (made.port("http", 5000),), "http://helloworld.shop:5000/hello"),
    ],
)
def test_requests_are_sent_to_the_first_http_port(name: str, ports: Any, url: str) -> None:
    assert probes.url(made.service(name, ports=ports)) == url


CURL = made.pod("client", {"app": "curl"})
HTTP = (made.port("http", 80),)


@pytest.mark.parametrize(
    ("pods", "caller", "outsider"),
    [
        ([CURL], "client", None),
        ([made.pod("client")], None, None),
        ([made.bare("x", {"app": "sleep"})], None, "x"),
        ([made.bare("x", {"app": "web"})], None, None),
        ([made.pod("x", {}, "curl")], None, "x"),
        ([made.bare("y", {"app": "curl"}), made.bare("x", {"app": "curl"})], None, "x"),
        ([made.bare("x", {"app": "curl"}, ready=False)], None, None),
        ([made.bare("x.istio-system", {"app": "curl"})], None, None),
    ],
)
def test_requests_are_sent_from_pods_that_are_there_for_it(pods: Any, caller: str | None, outsider: str | None) -> None:
    view = made.view({"a": made.cluster(*pods)})
    found, outside = probes.caller(view, "a"), probes.outsider(view, "a")

    assert (found.name if found else None, outside.name if outside else None) == (caller, outsider)


def asking(*answers: Answer, has_client: bool = True, probe: bool = True) -> Any:
    """Return the mesh in which a client sent requests to web, which serves in both clusters."""
    space = made.namespace("shop", {"istio-injection": "enabled"})
    client = replace(CURL, addresses=("10.1.0.9",))
    sides = {}
    for name, address in (("a", NEAR), ("b", FAR)):
        web, ends, pod = made.served("web", address)
        back = replace(pod, name=f"web-{name}")
        named = replace(ends, endpoints=(made.endpoint(address, back.name),))
        asked = {(PROBE_REQUESTS, "client.shop http://web.shop:80/"): Answers(has_client, answers)}
        things = [made.istiod(cluster_id=name), space, replace(web, ports=HTTP), named, back, client]
        sides[name] = made.cluster(*things, more=asked if name == "a" else None)  # type: ignore[arg-type]
    return made.view(sides, probe=probe, services=("web",))


OK_A, OK_B, OTHER = Answer(200, "from web-a"), Answer(200, "from web-b"), Answer(200, "who")


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        ([OK_A], {"a": 1}),
        ([OK_A, OK_B, OK_B], {"a": 1, "b": 2}),
        ([OTHER], {probes.UNTOLD: 1}),
        ([Answer(503, "web-b")], {probes.FAILED: 1}),
        ([Answer(0, "")], {probes.FAILED: 1}),
        ([Answer(404, "web-b")], {"b": 1}),
    ],
)
def test_loop_counts_who_answered(answers: list[Answer], counts: dict[str, int]) -> None:
    view = asking(*answers)
    loop = probes.loop(view, "a", "web.shop")

    assert loop.counts == Counter(counts)
    assert probes.answered(view, "a", "web.shop", "b") is bool(counts.get("b"))
    assert loop.client == "client.shop"
    assert loop.tally == ", ".join(f"{who} {count}" for who, count in sorted(counts.items()))


@pytest.mark.parametrize(
    ("view", "client", "port", "found"),
    [
        (asking(OK_B), "client.shop", 80, True),
        (asking(OK_B), "other.shop", 80, False),
        (asking(OK_B), "client.shop", 81, False),
        (asking(OK_B, probe=False), "client.shop", 80, False),
        (asking(has_client=False), "client.shop", 80, False),
    ],
)
def test_loop_is_of_the_client_and_port_that_it_was_sent_from_and_to(
    view: Any, client: str, port: int, found: bool
) -> None:
    assert bool(probes.sent(view, "a", client, "web.shop", port)) is found
    assert not probes.answered(asking(OK_B, probe=False), "a", "web.shop", "b")


@pytest.mark.parametrize(
    ("here", "there", "misses"), [(1, 1, False), (1, 0, True), (0, 0, True), (9, 1, True), (3, 1, False), (4, 1, True)]
)
def test_loop_may_miss_a_cluster_that_has_few_of_many_endpoints(here: int, there: int, misses: bool) -> None:
    sides = {
        name: made.cluster(made.endpoints("web", *[made.endpoint("10.0.0.1")] * count))
        for name, count in (("a", here), ("b", there))
    }

    assert probes.may_miss(made.view(sides), "web.shop", "b") is misses
    assert NUMBER == 20

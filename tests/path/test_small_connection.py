"""What counters of endpoints say: now and a little later, of connections and of answers."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path import answer, connection
from kubectl_mcdiag.path.connection import Reading
from kubectl_mcdiag.path.hop import Reason, State
from tests import made
from tests.path.calls import CALL, FAR, NEAR, WHOLE, envoy, host, mesh

OPEN = {"connections": 1, "active": 1, "requests": 2, "successes": 2}


def reading(first: dict[str, int], last: dict[str, int] | None = None) -> Reading:
    later = first if last is None else last
    return Reading(WHOLE, host(FAR, **first), host(FAR, **later), last is not None)


@pytest.mark.parametrize(
    ("counters", "answers", "alive", "failed", "errs"),
    [
        ({}, 0, False, False, False),
        (OPEN, 2, True, False, False),
        ({**OPEN, "active": 0}, 2, False, False, False),
        ({"active": 1, "requests": 2}, 2, True, False, False),
        ({"active": 1, "requests": 2, "errors": 2}, 0, False, False, True),
        ({"active": 1, "requests": 3, "errors": 2}, 1, True, False, True),
        ({"connect_failures": 1}, 0, False, True, False),
        ({**OPEN, "connect_failures": 1}, 2, True, False, False),
        ({**OPEN, "active": 0, "connect_failures": 1}, 2, False, True, False),
        ({"active": 1, "connect_failures": 1}, 0, False, True, False),
    ],
)
def test_one_reading_tells_what_has_been(
    counters: dict[str, int], answers: int, alive: bool, failed: bool, errs: bool
) -> None:
    one = reading(counters)

    assert (one.answers, one.is_alive, one.has_failed, one.errs) == (answers, alive, failed, errs)
    assert (one.fails, one.grows) == (False, False)


@pytest.mark.parametrize(
    ("first", "last", "fails", "grows", "errs"),
    [
        (OPEN, OPEN, False, False, False),
        (OPEN, {**OPEN, "requests": 3, "successes": 3}, False, True, False),
        (OPEN, {**OPEN, "requests": 3, "errors": 1}, False, False, True),
        ({**OPEN, "errors": 1}, {**OPEN, "requests": 3, "successes": 3, "errors": 1}, False, True, False),
        ({**OPEN, "errors": 1}, {**OPEN, "errors": 1}, False, False, True),
        ({}, {"connect_failures": 1}, True, False, False),
        ({}, {"connections": 1}, True, False, False),
        ({}, {"connections": 1, "requests": 1, "successes": 1}, False, True, False),
        ({"connect_failures": 1}, {"connect_failures": 1}, False, False, False),
        ({}, {"active": 1}, True, False, False),
        ({"active": 1, "requests": 1}, {"active": 1, "requests": 1}, False, False, False),
    ],
)
def test_two_readings_tell_what_happens(
    first: dict[str, int], last: dict[str, int], fails: bool, grows: bool, errs: bool
) -> None:
    one = reading(first, last)

    assert (one.fails, one.grows, one.errs) == (fails, grows, errs)


def test_readings_are_of_the_endpoints_that_lead_there_and_pair_by_address() -> None:
    later = (
        envoy(host(FAR, connect_failures=2), host(FAR, port=81)),
        envoy(host(FAR), name="outbound|81||other.shop.svc"),
    )
    view = mesh(host(NEAR), host(FAR, connect_failures=1), later=later, networks=("", ""))

    found = {one.last.address: one for one in connection.readings(view, CALL)}

    assert found[FAR].first.connect_failures == 1
    assert found[FAR].last.connect_failures == 2
    assert found[FAR].is_second
    assert not [one for one in connection.readings(mesh(host(FAR)), CALL) if one.is_second]


@pytest.mark.parametrize(
    ("first", "last", "state", "reason"),
    [
        ({}, None, State.IDLE, Reason.NONE),
        (OPEN, None, State.WORKS, Reason.NONE),
        ({**OPEN, "errors": 1}, None, State.IDLE, Reason.NONE),
        ({**OPEN, "active": 0}, {**OPEN, "active": 0, "requests": 3, "successes": 3}, State.WORKS, Reason.NONE),
        ({"connect_failures": 1}, None, State.NOT_SEEN, Reason.FAILED_BEFORE),
        ({"connect_failures": 1}, {"connect_failures": 2}, State.BROKEN, Reason.NO_CONNECTION),
        ({"connect_failures": 1}, {"connect_failures": 1}, State.NOT_SEEN, Reason.FAILED_BEFORE),
    ],
)
def test_connections_stand_as_their_counters_say(
    first: dict[str, int], last: dict[str, int] | None, state: State, reason: Reason
) -> None:
    view = mesh(host(FAR, **first), later=None if last is None else (envoy(host(FAR, **last)),), near=False)
    hop = connection.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    assert connection.works(view, CALL) is (state is State.WORKS)
    assert hop.values["address"] == f"{FAR}:80"
    assert hop.values["failures"] == str((last or first).get("connect_failures", 0))
    assert hop.seen[0].lines[0] == f"{FAR}:80::cx_connect_fail::{hop.values['failures']}"


def test_one_endpoint_that_fails_is_broken_though_others_answer() -> None:
    other = "10.2.0.2"
    there = (made.endpoints("web", made.endpoint(other, "web-0")),)
    later = (envoy(host(FAR, connect_failures=2), host(other, **OPEN)),)
    view = mesh(host(FAR, connect_failures=1), host(other, **OPEN), later=later, there=there, near=False)

    hop = connection.judge(view, CALL)

    assert not connection.works(view, CALL)
    assert (hop.state, len(hop.seen)) == (State.BROKEN, 1)
    calm = mesh(host(FAR), host(other, **OPEN), there=there, near=False)
    assert [seen.lines[0].split(":")[0] for seen in connection.judge(calm, CALL).seen] == [other]


@pytest.mark.parametrize(("counters", "others"), [(OPEN, True), ({**OPEN, "active": 0}, False), ({"active": 1}, False)])
def test_address_answers_others_by_an_open_connection(counters: dict[str, int], others: bool) -> None:
    other = envoy(host(FAR, **counters), name="outbound|80||other.shop.svc.cluster.local")
    view = mesh(clusters=(envoy(host(FAR, connect_failures=1)), other), near=False)

    assert connection.answers_others(view, CALL) is others


def test_client_that_was_not_read_has_no_connection_seen() -> None:
    view = mesh(host(FAR))
    silent = View(replace(view.snapshot, observations={}))

    assert connection.judge(silent, CALL).state is State.NOT_SEEN
    assert answer.judge(silent, CALL).state is State.NOT_SEEN


@pytest.mark.parametrize(
    ("far", "near", "state"),
    [
        ({}, {}, State.IDLE),
        (OPEN, {}, State.WORKS),
        ({"requests": 2, "errors": 2}, {}, State.IDLE),
        ({"requests": 2, "errors": 2}, OPEN, State.BROKEN),
        ({"requests": 2, "errors": 2, "connect_failures": 1}, OPEN, State.IDLE),
        ({"requests": 3, "errors": 2, "successes": 1}, OPEN, State.IDLE),
        ({**OPEN, "errors": 1}, OPEN, State.IDLE),
    ],
)
def test_answers_are_errors_where_all_of_one_cluster_are_and_others_answer(
    far: dict[str, int], near: dict[str, int], state: State
) -> None:
    address = "172.0.0.1"
    view = mesh(host(NEAR, **near), host(address, **far), networks=("x", "y"))
    hop = answer.judge(view, CALL)

    assert hop.state is state
    if state is State.BROKEN:
        assert hop.values == {"address": f"{address}:80", "errors": "2"}
        assert hop.seen[0].lines == (f"{address}:80::rq_success::0", f"{address}:80::rq_error::2")


def test_nothing_is_said_of_answers_where_nothing_connects() -> None:
    view = mesh(host(FAR, **OPEN), later=(envoy(host(FAR, **{**OPEN, "connect_failures": 1})),), near=False)

    assert answer.judge(view, CALL).note == "nothing connects"

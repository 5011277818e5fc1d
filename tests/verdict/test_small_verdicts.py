"""What is made of findings: statuses, pairs, unknowns, what is overlooked, and clusters that are silent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.errors import Forgone, NotApplicable, Unavailable
from kubectl_mcdiag.evidence.commands import CLUSTERZ, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Failure, Invocation, Observation, Output, Snapshot
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, ask, fact, known
from kubectl_mcdiag.verdict.group import merged
from kubectl_mcdiag.verdict.ignore import Entry, applied
from kubectl_mcdiag.verdict.judge import ordered_pairs, overall, report
from kubectl_mcdiag.verdict.model import Consequence, RootCause, Unknown
from kubectl_mcdiag.verdict.unreachable import unreachable
from tests import made

AB, BA, AC = Pair("a", "b"), Pair("b", "a"), Pair("a", "c")
BLANK = Snapshot(("a", "b", "c"), datetime(2026, 1, 1, tzinfo=UTC))


def found(status: Status, *pairs: Pair, problem: Any = "broken", **scope: Any) -> Finding:
    return Finding(status, Scope(pairs=pairs, **scope), problem, ())


def check(code: str, *yielded: Any, unit: Unit = Unit.MESH, **more: Any) -> Check:
    def run(_view: View, *_unit: Any) -> Iterator[Any]:
        for one in yielded:
            if isinstance(one, BaseException):
                raise one
            yield one

    return Check(code, "all is well", unit, run, **more)


FAIL, WARN, NOTE = (found(status, AB) for status in (Status.FAIL, Status.WARN, Status.NOTE))
UNSEEN = NotJudged(Scope(("a",), (AB,)), "not seen", "kubectl get")


@pytest.mark.parametrize(
    ("yielded", "status", "pair", "unknowns"),
    [
        ([], "pass", "pass", 0),
        ([FAIL], "fail", "fail", 0),
        ([WARN], "warn", "warn", 0),
        ([NOTE], "pass", "pass", 0),
        ([WARN, FAIL], "fail", "fail", 0),
        ([UNSEEN], "unknown", "unknown", 1),
        ([WARN, UNSEEN], "warn", "unknown", 1),
        ([FAIL, UNSEEN], "fail", "fail", 1),
        ([Unavailable("gone")], "unknown", "unknown", 1),
        ([FAIL, Unavailable("gone")], "fail", "fail", 1),
        ([UNSEEN, Unavailable("gone")], "unknown", "unknown", 2),
        ([NotApplicable("no")], "pass", "pass", 0),
        ([FAIL, NotApplicable("no")], "fail", "fail", 0),
        ([Forgone("--no-exec")], "pass", "pass", 0),
        ([FAIL, ValueError("bug")], "unknown", "unknown", 1),
    ],
)
def test_report_is_as_bad_as_what_was_found_and_what_was_not_seen(
    yielded: list[Any], status: str, pair: str, unknowns: int
) -> None:
    result = report(BLANK, (check("C", *yielded),))

    assert result.status.value == status
    assert next(one for one in result.pairs if one.pair == AB).status.value == pair
    assert len(result.unknowns) == unknowns
    assert all(one.codes == ("C",) for one in result.unknowns)


@pytest.mark.parametrize(
    ("yielded", "status", "reason"),
    [
        ([], "pass", ""),
        ([NOTE], "note", ""),
        ([NOTE, WARN], "warn", ""),
        ([NotApplicable("no")], "skip", "no"),
        ([FAIL, NotApplicable("no")], "fail", "no"),
        ([UNSEEN], "unknown", "not seen"),
        ([Unavailable("gone")], "unknown", "gone"),
        ([ValueError("bug")], "unknown", "internal error in C: ValueError"),
    ],
)
def test_result_of_a_check_says_why(yielded: list[Any], status: str, reason: str) -> None:
    (result,) = report(BLANK, (check("C", *yielded),)).results

    assert (result.status.value, result.reason) == (status, reason)


def test_guard_is_asked_before_a_check_runs() -> None:
    for answer, status in (("not here", "skip"), ("", "fail")):
        (result,) = report(BLANK, (check("C", FAIL, guards=(lambda _view, a=answer: a,)),)).results
        assert (result.status.value, result.reason) == (status, answer)


def test_pages_that_stay_open_are_closed_and_bugs_are_told() -> None:
    bugs: list[str] = []
    checks = (check("C", ValueError("x")), check("D", FAIL))
    result = report(BLANK, checks, lambda one, error: bugs.append(f"{one.code} {error}"))

    assert bugs == ["C x"]
    assert [cause.check.code for cause in result.root_causes] == ["D"]


def test_calls_from_one_cluster_alone_are_unknown_where_it_alone_cannot_be_seen() -> None:
    silent = check("C", Unavailable("gone", calls_from="a"), unit=Unit.CLUSTER)
    result = report(replace(BLANK, contexts=("a", "b")), (silent,))

    assert {str(pair) for one in result.unknowns for pair in one.pairs} == {"a → b"}


def test_unknowns_of_one_reason_are_one() -> None:
    result = report(BLANK, tuple(check(code, UNSEEN) for code in "CD"))
    (one,) = result.unknowns

    assert (one.codes, one.pairs, one.clusters, one.command) == (("C", "D"), (AB,), ("a",), "kubectl get")


def test_units_are_judged_one_by_one_until_the_time_is_over() -> None:
    late = iter([False, True])
    result = report(BLANK, (check("C", unit=Unit.PAIR),), is_over=lambda: next(late, True))

    assert {str(pair) for one in result.unknowns for pair in one.pairs} == {
        str(pair) for pair in ordered_pairs(BLANK.contexts, ())[1:]
    }


@pytest.mark.parametrize(
    ("contexts", "strangers", "pairs"),
    [
        ("ab", "", ["ab", "ba"]),
        ("ab", "z", ["ab", "ba"]),
        ("a", "", []),
        ("a", "yz", ["ay", "ya", "az", "za"]),
    ],
)
def test_pairs_are_of_contexts_or_of_one_and_its_members(contexts: str, strangers: str, pairs: list[str]) -> None:
    assert [f"{one.source}{one.destination}" for one in ordered_pairs(tuple(contexts), tuple(strangers))] == pairs


@pytest.mark.parametrize(
    ("statuses", "unknown", "wanted"),
    [
        ([], False, Status.PASS),
        ([], True, Status.UNKNOWN),
        ([Status.WARN], False, Status.WARN),
        ([Status.WARN], True, Status.WARN),
        ([Status.WARN, Status.FAIL], True, Status.FAIL),
    ],
)
def test_worst_of_causes_and_unknowns_is_the_status(statuses: list[Status], unknown: bool, wanted: Status) -> None:
    causes = tuple(RootCause(check("C"), found(status, AB)) for status in statuses)

    assert overall(causes, (Unknown("why", (), (), ()),) * unknown) is wanted


FAR = date(9999, 1, 1)


@pytest.mark.parametrize(
    ("others", "status", "ignored"),
    [
        ([], Status.PASS, True),
        ([check("D", found(Status.WARN, AB))], Status.WARN, False),
        ([check("D", found(Status.FAIL, AB))], Status.FAIL, False),
        ([check("D", found(Status.FAIL, BA))], Status.PASS, True),
        ([check("D", UNSEEN)], Status.UNKNOWN, False),
    ],
)
def test_pair_is_judged_by_what_is_left_when_a_cause_is_ignored(
    others: list[Check], status: Status, ignored: bool
) -> None:
    result = applied(report(BLANK, (check("C", FAIL), *others)), (Entry("C", "known", FAR),))
    pair = next(one for one in result.pairs if one.pair == AB)

    assert pair.ignored is ignored
    assert ignored or pair.status is status
    assert [cause.check.code for cause in result.root_causes] == [
        "D" for one in others for _ in one.run(None) if _ is not UNSEEN
    ]
    assert len(result.ignored) == 1


def test_warning_below_a_cause_that_stays_does_not_keep_a_pair_broken() -> None:
    stays = check("D", found(Status.FAIL, AC))
    effect = check("E", found(Status.WARN, AC), caused_by=("D",))
    result = applied(report(BLANK, (check("C", FAIL), stays, effect)), (Entry("C", "known", FAR),))
    by_pair = {str(one.pair): one for one in result.pairs}

    assert by_pair["a → b"].ignored
    assert by_pair["a → c"].status is Status.FAIL
    assert not by_pair["b → a"].ignored


@pytest.mark.parametrize(("until", "ignored", "remarks"), [(date(2026, 1, 1), 1, 0), (date(2025, 12, 31), 0, 1)])
def test_entry_holds_up_to_its_last_day(until: date, ignored: int, remarks: int) -> None:
    result = applied(report(BLANK, (check("C", FAIL),)), (Entry("C", "known", until),))

    assert (len(result.ignored), len(result.remarks)) == (ignored, remarks)


def consequence(
    *pairs: Pair, problem: Any = None, status: Status = Status.NOTE, code: str = "C", **scope: Any
) -> Consequence:
    return Consequence(
        check(code),
        found(status, *pairs, problem=problem or say("{service} is slow", service=scope.get("service", "")), **scope),
    )


@pytest.mark.parametrize(
    ("two", "count"),
    [
        (consequence(BA, service="cart.shop"), 1),
        (consequence(BA, service="cart.shop", status=Status.WARN), 2),
        (consequence(BA, service="cart.shop", code="D"), 2),
        (consequence(BA, service="cart.shop", problem="another"), 2),
    ],
)
def test_findings_that_say_the_same_of_services_are_one(two: Consequence, count: int) -> None:
    result = merged((consequence(AB, service="web.shop"), two))

    assert len(result) == count
    if count == 1:
        scope = result[0].finding.scope
        assert (scope.service, scope.services, scope.pairs) == ("", ("web.shop", "cart.shop"), (AB, BA))
        assert str(result[0].finding.problem).startswith("web.shop and cart.shop")


def test_network_of_joined_findings_is_theirs_where_it_is_one() -> None:
    same = merged((consequence(AB, network="x", problem="slow"), consequence(BA, network="x", problem="slow")))
    other = merged((consequence(AB, network="x", problem="slow"), consequence(BA, network="y", problem="slow")))

    assert [one[0].finding.scope.network for one in (same, other)] == ["x", ""]


def observed(command: Any, context: str, failure: Failure, reason: str = "silent", target: str = "") -> Observation:
    return Observation(
        Invocation(command, context, target, (), ("kubectl", command.key)), Output(failure=failure), None, reason
    )


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        ([], None),
        ([Failure.NONE], None),
        ([Failure.UNREACHABLE], "0"),
        ([Failure.UNREACHABLE, Failure.NONE], None),
        ([Failure.FORBIDDEN], None),
        ([Failure.TIMED_OUT, Failure.UNAUTHORIZED], "1"),
        ([Failure.TIMED_OUT, Failure.TIMED_OUT], "0"),
    ],
)
def test_cluster_that_answers_nothing_is_unreachable(failures: list[Failure], reason: str | None) -> None:
    told = [
        observed(command, "a", failure, str(number))
        for number, (command, failure) in enumerate(zip((PODS, RESOURCES), failures, strict=False))
    ]
    view = View(replace(BLANK, observations={one.invocation.identity: one for one in told}))

    assert [one.reason for one in unreachable(view)] == ([] if reason is None else [reason])
    assert all(one.context == "a" and one.seen == () for one in unreachable(view))


def test_facts_are_worked_out_once_and_again_when_what_they_read_is_forgotten() -> None:
    asked: list[str] = []

    @fact
    def pods_of(view: View, context: str) -> int:
        asked.append(context)
        return len(view.read(PODS, context))

    view = made.view({"a": made.cluster(made.pod("one")), "b": made.cluster()})
    assert [pods_of(view, "a"), pods_of(view, "a"), pods_of(view, "b")] == [1, 1, 0]
    assert (asked, view.evaluated) == (["a", "b"], 2)
    view.forget((PODS.key, "b", ""))
    view.forget((RESOURCES.key, "a", ""))
    assert [pods_of(view, "a"), pods_of(view, "b"), pods_of(view, context="b")] == [1, 0, 0]
    assert asked == ["a", "b", "b", "b"]
    assert known(view, lambda context: pods_of(view, context)) == {"a": 1, "b": 0}
    assert ask(lambda: pods_of(view, "c")) is None


def test_page_notes_the_commands_that_facts_have_read() -> None:
    view = made.view({"a": made.cluster(made.pod("one"), more={(CLUSTERZ, "x"): (RemoteCluster("b", "s", "synced"),)})})

    @fact
    def inner(view: View) -> int:
        return len(view.read(PODS, "a"))

    for _ in range(2):
        view.begin()
        assert inner(view) == 1
        view.begin()
        view.read(CLUSTERZ, "a", "x")
        assert view.end() == {CLUSTERZ.key}
        assert view.end() == {PODS.key, CLUSTERZ.key}
    view.begin()
    assert view.end() == frozenset()


@pytest.mark.parametrize(
    ("denied", "kind", "readable"),
    [
        ((), "", True),
        (("services",), "", False),
        (("services",), "pods", True),
        (("services",), "services", False),
        (("gateways.networking.istio.io",), "gateways", False),
    ],
)
def test_answer_without_what_may_not_be_listed_is_no_answer_about_that(denied: Any, kind: str, readable: bool) -> None:
    one = replace(observed(RESOURCES, "a", Failure.NONE, ""), value=1, denied=denied)
    view = View(replace(BLANK, observations={one.invocation.identity: one}))

    assert (ask(lambda: view.read(RESOURCES, "a", kind=kind)) == 1) is readable
    assert view.was_asked(RESOURCES, "a")
    assert not view.was_asked(RESOURCES, "b")
    assert view.invocation(RESOURCES, "a") == one.invocation

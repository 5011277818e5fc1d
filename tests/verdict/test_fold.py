"""Folding and ranking: the narrowest cause, then the nearest, the others named; the order in lists means nothing."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.report.document import document
from kubectl_mcdiag.verdict.judge import report, summary
from kubectl_mcdiag.verdict.outcomes import Judged
from tests.scenarios import Scenario, judged, replay, scenarios

AB, BA, CB = Pair("a", "b"), Pair("b", "a"), Pair("c", "b")
BLANK = Snapshot(("a", "b", "c"), datetime(2026, 1, 1, tzinfo=UTC))


def found(*pairs: Pair, status: Status = Status.FAIL, problem: str = "broken", **more: str) -> Finding:
    return Finding(status, replace(Scope((), pairs), **more), problem, ())


def check(code: str, *findings: Finding, caused_by: tuple[str, ...] = (), symptom: Symptom | None = None) -> Check:
    def run(_view: View) -> Iterator[Finding]:
        yield from findings

    return Check(code, "all is well", Unit.MESH, run, caused_by=caused_by, symptom=symptom)


def shown(*checks: Check) -> list[tuple[str, list[str], list[tuple[str, ...]]]]:
    causes = report(BLANK, checks).root_causes
    return [
        (cause.check.code, [one.check.code for one in cause.consequences], [one.others for one in cause.consequences])
        for cause in causes
    ]


def test_narrowest_cause_explains_and_the_wider_is_named() -> None:
    wide, narrow = check("W", found(AB, CB)), check("N", found(AB, service="x.n"))
    effect = check("E", found(AB, service="x.n"), caused_by=("W", "N"))

    assert shown(wide, narrow, effect) == [("W", [], []), ("N", ["E"], [("W",)])]


def test_nearest_of_two_as_narrow_explains_and_both_are_one_chain() -> None:
    far, near = check("A", found(AB)), check("Z", found(AB), caused_by=("A",))
    effect = check("E", found(AB), caused_by=("A", "Z"))

    assert shown(far, near, effect) == [("A", ["E", "Z"], [(), ()])]


def test_findings_that_explain_each_other_have_one_root_all_the_same() -> None:
    one, other = check("A", found(AB), caused_by=("B",)), check("B", found(AB), caused_by=("A",))
    effect = check("E", found(AB), caused_by=("B",))

    assert shown(one, other, effect) == [("A", ["B", "E"], [(), ()])]


def test_what_breaks_more_pairs_comes_first_then_whole_pairs_then_services() -> None:
    rules = (
        check("S", found(AB, service="x.n"), found(AB, service="y.n", problem="broken too")),
        check("P", found(AB)),
        check("T", found(AB, BA, service="x.n")),
    )

    assert [code for code, _, _ in shown(*rules)] == ["T", "P", "S", "S"]


def test_of_two_as_wide_the_one_that_is_seen_comes_first() -> None:
    seen = check("S", found(AB), caused_by=("Z",), symptom=Symptom.NO_CONNECTION)

    assert [code for code, _, _ in shown(check("A", found(AB)), check("Z", found(AB)), seen)] == ["Z", "A"]


def shuffled(came_out: tuple[Judged, ...], dice: random.Random) -> tuple[Judged, ...]:
    mixed = [replace(one, findings=tuple(dice.sample(one.findings, len(one.findings)))) for one in came_out]
    return tuple(dice.sample(mixed, len(mixed)))


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_order_in_lists_means_nothing(scenario: Scenario) -> None:
    view, came_out = judged(scenario)

    assert document(summary(view, shuffled(came_out, random.Random(scenario.name)))) == document(replay(scenario))

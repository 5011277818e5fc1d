"""Folding, order and direction of findings, and: losing an answer never makes anything better."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.cli.main import exit_code
from kubectl_mcdiag.errors import NotApplicable, Unavailable
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.judge import KNOWN_TO_FAIL, report
from kubectl_mcdiag.verdict.model import Report
from tests.scenarios import Scenario, askable, replay, scenarios, snapshot, without

AB, BA, CB = Pair("a", "b"), Pair("b", "a"), Pair("c", "b")
SHOP = ("cart.shop", "pay.shop", "web.shop", "mail.shop", "log.shop")
BLANK = Snapshot(("a", "b", "c"), datetime(2026, 1, 1, tzinfo=UTC))


def finding(status: Status = Status.FAIL, problem: str = "broken", **scope: object) -> Finding:
    return Finding(status, replace(Scope(), **scope), problem, ())  # type: ignore[arg-type]


def check(code: str, *found: Finding, caused_by: tuple[str, ...] = ()) -> Check:
    def run(_view: View) -> Iterator[Finding]:
        yield from found

    return Check(code, "all is well", Unit.MESH, run, (), caused_by=caused_by)


def test_consequence_folds_under_a_named_cause_that_covers_it() -> None:
    result = report(BLANK, (check("C", finding(pairs=(AB,))), check("E", finding(pairs=(AB,)), caused_by=("C",))))

    assert [cause.check.code for cause in result.root_causes] == ["C"]
    assert [one.check.code for one in result.root_causes[0].consequences] == ["E"]


def test_cause_explains_the_symptoms_it_leads_to_and_no_other() -> None:
    cause = replace(check("C", finding(pairs=(AB,))), leads_to=(Symptom.NOT_LEARNED,))
    symptoms = (
        replace(check("S", finding(pairs=(AB,))), symptom=Symptom.NOT_LEARNED),
        replace(check("T", finding(pairs=(AB,))), symptom=Symptom.NO_CONNECTION),
    )
    result = report(BLANK, (cause, *symptoms))

    assert [(c.check.code, [one.check.code for one in c.consequences]) for c in result.root_causes] == [
        ("C", ["S"]),
        ("T", []),
    ]


def test_fact_that_cannot_be_had_keeps_no_frames_of_those_who_asked() -> None:
    view = View(BLANK)

    def missing() -> None:
        raise Unavailable("no answer")

    lengths = set()
    for _ in range(3):
        with pytest.raises(Unavailable) as raised:
            view.recall("fact", missing)
        lengths.add(len(raised.traceback))

    assert lengths == {2}


def test_missing_secret_does_not_swallow_the_other_direction() -> None:
    result = report(BLANK, (check("C", finding(pairs=(AB,))), check("E", finding(pairs=(BA,)), caused_by=("C",))))

    assert [cause.check.code for cause in result.root_causes] == ["C", "E"]


def test_one_gateway_explains_every_source() -> None:
    effects = (finding(pairs=(AB,), problem="x"), finding(pairs=(CB,), problem="y"))
    result = report(BLANK, (check("C", finding(pairs=(AB, CB))), check("E", *effects, caused_by=("C",))))

    assert [cause.check.code for cause in result.root_causes] == ["C"]
    assert len(result.root_causes[0].consequences) == 2


def test_two_independent_causes_stay_two() -> None:
    result = report(BLANK, (check("C", finding(pairs=(AB,))), check("D", finding(pairs=(AB,)))))

    assert [cause.check.code for cause in result.root_causes] == ["C", "D"]


def test_warning_never_explains_a_failure() -> None:
    cause = check("C", finding(Status.WARN, pairs=(AB,)))
    result = report(BLANK, (cause, check("E", finding(pairs=(AB,)), caused_by=("C",))))

    assert [(c.check.code, c.consequences) for c in result.root_causes] == [("E", ()), ("C", ())]


def test_cause_of_one_service_does_not_explain_another() -> None:
    cause = check("C", finding(pairs=(AB,), service="x.n"))
    result = report(BLANK, (cause, check("E", finding(pairs=(AB,), service="y.n"), caused_by=("C",))))

    assert [c.check.code for c in result.root_causes] == ["C", "E"]


def test_chain_folds_under_its_beginning() -> None:
    chain = (
        check("C", finding(pairs=(AB,))),
        check("D", finding(pairs=(AB,)), caused_by=("C",)),
        check("E", finding(pairs=(AB,)), caused_by=("D",)),
    )
    result = report(BLANK, chain)

    assert [one.check.code for one in result.root_causes[0].consequences] == ["D", "E"]


def test_failures_come_before_warnings_and_the_widest_first() -> None:
    rules = (
        check("W", finding(Status.WARN, pairs=(AB, BA, CB))),
        check("N", finding(pairs=(AB,))),
        check("B", finding(pairs=(AB, CB))),
    )

    assert [cause.check.code for cause in report(BLANK, rules).root_causes] == ["B", "N", "W"]


def test_same_words_of_two_pairs_are_one_root_cause() -> None:
    result = report(BLANK, (check("C", finding(pairs=(AB,)), finding(pairs=(CB,))),))

    assert [cause.finding.scope.pairs for cause in result.root_causes] == [(AB, CB)]


def test_services_with_one_cause_are_one_root_cause() -> None:
    found = [finding(problem=f"calls to {name} are lost", pairs=(AB,), service=name) for name in SHOP]
    (cause,) = report(BLANK, (check("C", *found),)).root_causes

    assert cause.finding.problem == "calls to cart.shop, log.shop, mail.shop and 2 more are lost"
    assert (cause.finding.scope.service, cause.finding.scope.services) == ("", tuple(sorted(SHOP)))


def test_hundreds_of_consequences_are_told_once_for_each_cause() -> None:
    names = [f"s{number}.shop" for number in range(300)]
    lost = [finding(problem=f"no endpoint of {name}", pairs=(AB,), service=name) for name in names]
    causes = report(BLANK, (check("C", finding(pairs=(AB,))), check("E", *lost, caused_by=("C",)))).root_causes

    assert [one.finding.problem for one in causes[0].consequences] == [
        "no endpoint of s0.shop, s1.shop, s10.shop and 297 more"
    ]


def test_services_with_two_causes_are_two_root_causes() -> None:
    found = [
        finding(problem=f"{name}: {why}", pairs=(AB,), service=name) for name, why in zip(SHOP, "xxyyy", strict=True)
    ]

    assert [c.finding.problem for c in report(BLANK, (check("C", *found),)).root_causes] == [
        "log.shop, mail.shop and web.shop: y",
        "cart.shop and pay.shop: x",
    ]


def test_name_of_a_service_within_another_name_is_left_alone() -> None:
    found = finding(problem="pay.shop-2 and my.pay.shop, not pay.shop", pairs=(AB,), service="pay.shop")
    other = replace(
        found, problem="pay.shop-2 and my.pay.shop, not web.shop", scope=replace(found.scope, service="web.shop")
    )
    (cause,) = report(BLANK, (check("C", found, other),)).root_causes

    assert cause.finding.problem == "pay.shop-2 and my.pay.shop, not pay.shop and web.shop"


def test_note_is_no_root_cause_and_leaves_exit_code_0() -> None:
    result = report(BLANK, (check("N", finding(Status.NOTE, pairs=(AB,))),))

    assert (result.root_causes, len(result.notes), exit_code(result, "warn")) == ((), 1, 0)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Unavailable("gone"), Status.UNKNOWN, 3), (NotApplicable("flat"), Status.SKIP, 0)],
)
def test_what_was_not_judged_is_said(error: Exception, status: Status, code: int) -> None:
    def run(_view: View) -> Iterator[Finding]:
        raise error
        yield

    result = report(BLANK, (Check("X", "all is well", Unit.MESH, run, ()),))

    assert (result.results[0].status, result.results[0].reason) == (status, str(error))
    assert exit_code(result, "fail") == code


def test_bug_in_a_check_is_unknown_and_told() -> None:
    def run(_view: View) -> Iterator[Finding]:
        raise ZeroDivisionError("bug")
        yield

    told: list[str] = []
    result = report(BLANK, (Check("X", "all is well", Unit.MESH, run, ()),), lambda c, e: told.append(f"{c.code} {e}"))

    assert told == ["X bug"]
    assert "internal error in X" in result.unknowns[0].reason
    report(BLANK, (Check("X", "all is well", Unit.MESH, run, ()),))


def test_single_context_leaves_its_members_unknown() -> None:
    scenario = next(s for s in scenarios() if s.path.name == "healthy-multi-network")
    whole = snapshot(scenario)
    result = report(replace(whole, contexts=whole.contexts[:1]), askable(scenario))

    assert {str(v.pair): v.status for v in result.pairs} == {
        "cluster1 → cluster2": Status.UNKNOWN,
        "cluster2 → cluster1": Status.UNKNOWN,
    }
    assert result.members == ("cluster2",)
    assert "--context cluster2" in result.unknowns[-1].reason
    assert exit_code(result, "fail") == 3


def test_dead_cluster_leaves_the_pair_of_the_others_as_it_is() -> None:
    whole = snapshot(next(s for s in scenarios() if s.path.name == "healthy-multi-network"))

    result = report(replace(whole, contexts=(*whole.contexts, "dead")), CHECKS)

    known = {str(v.pair): v.status for v in result.pairs if "dead" not in (v.pair.source, v.pair.destination)}
    assert known == {"cluster1 → cluster2": Status.PASS, "cluster2 → cluster1": Status.PASS}
    assert [v.status for v in result.pairs].count(Status.UNKNOWN) == 4


GROUPS = 8
WORSE = [Status.SKIP, Status.PASS, Status.NOTE, Status.WARN, Status.FAIL]


def rank(status: Status) -> int:
    return WORSE.index(status)


def assert_nothing_got_better(whole: Report, less: Report) -> None:
    assert [v.pair for v in less.pairs] == [v.pair for v in whole.pairs]
    for before, after in zip(whole.pairs, less.pairs, strict=True):
        assert after.status is Status.UNKNOWN or rank(after.status) >= rank(before.status), after
    failing = {verdict.pair for verdict in less.pairs if verdict.status is Status.FAIL}
    for one, other in zip(whole.results, less.results, strict=True):
        assert one.check is other.check
        for earlier, later in zip(one.units, other.units, strict=True):
            lost = later.status is Status.UNKNOWN or rank(later.status) >= rank(earlier.status)
            # What a rule of the path could not see of calls that fail for a reason that is known.
            lost |= later.reason == KNOWN_TO_FAIL and later.unit in failing
            assert lost, (one.check.code, earlier, later)
    assert exit_code(less, "fail") != 0 or exit_code(whole, "fail") == 0


def losses(scenario: Scenario, thorough: bool) -> Iterator[set[tuple[str, str, str]]]:
    """Yield what is lost: with `--thorough` every answer by itself and many sets of them, else one set."""
    identities = sorted(snapshot(scenario).observations)
    dice = random.Random(scenario.name)
    if thorough:
        yield from ({identity} for identity in identities)
    for _ in range(40 if thorough else 1):
        yield set(dice.sample(identities, dice.choice((1, dice.randint(2, len(identities))))))


@pytest.mark.parametrize("group", range(GROUPS))
def test_losing_answers_never_makes_anything_better(group: int, thorough: bool) -> None:
    for scenario in scenarios()[group :: GROUPS if thorough else 4 * GROUPS]:
        assert_losses_make_nothing_better(scenario, thorough)


def assert_losses_make_nothing_better(scenario: Scenario, thorough: bool) -> None:
    whole = replay(scenario)
    for lost in losses(scenario, thorough):
        less = report(without(snapshot(scenario), lost, "lost"), askable(scenario))

        assert_nothing_got_better(whole, less)
        assert (
            not {c.check.code for c in less.root_causes}
            - {c.check.code for c in whole.root_causes}
            - {one.check.code for cause in whole.root_causes for one in cause.consequences}
        ), "a loss made up a root cause"

"""The four rules, over every recording: no failure without a broken hop, no ok with one, and what was not seen."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Finding, Scope
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path.hop import Kind, Reason, State
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import PairVerdict, Report, RootCause
from tests.scenarios import Scenario, judged, replay, scenarios, snapshot

each = pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)


def followed(scenario: Scenario, verdict: PairVerdict) -> tuple[Path, ...]:
    view, _ = judged(scenario)
    return ask(lambda: paths(view, verdict.pair)) or ()


@each
def test_pair_with_a_broken_hop_is_not_ok(scenario: Scenario) -> None:
    for verdict in replay(scenario).pairs:
        broken = [path for path in followed(scenario, verdict) if path.broken]

        assert not broken or verdict.status is Status.FAIL, broken[0]


def unproven(scenario: Scenario, found: Report) -> list[str]:
    """Return the failures of which every call was followed and works from end to end."""
    view, _ = judged(scenario)
    return [
        f"{part.check.code} of {pair}"
        for cause in found.root_causes
        for part in cause.parts
        if part.finding.status is Status.FAIL and not part.check.is_unfollowed
        for pair in part.finding.scope.pairs
        if works(view, pair, part.finding.scope)
    ]


def works(view: View, pair: Pair, scope: Scope) -> bool:
    names = {scope.service, *scope.services} - {""}
    about = [
        path
        for path in ask(lambda: paths(view, pair)) or ()
        if (not names or path.call.service in names) and scope.workload in ("", path.call.client)
    ]
    return bool(about) and all(hop.state is State.WORKS for path in about for hop in path.hops)


@each
def test_failure_explains_a_hop_that_is_broken_or_not_known_to_work(scenario: Scenario) -> None:
    assert unproven(scenario, replay(scenario)) == []


def test_failure_of_calls_that_all_work_is_seen() -> None:
    """The property itself can fail: a made failure about helloworld, whose calls are answered in the healthy mesh."""
    scenario = next(one for one in scenarios() if one.name == "1.31/healthy-multi-network")
    (check,) = (one for one in CHECKS if one.code == "MC301")
    scope = Scope(("cluster1",), (Pair("cluster1", "cluster2"),), "helloworld.sample")
    made = RootCause(check, Finding(Status.FAIL, scope, "broken", ()))

    assert unproven(scenario, replace(replay(scenario), root_causes=(made,))) == ["MC301 of cluster1 → cluster2"]


def wrongly_ok(scenario: Scenario, verdicts: tuple[PairVerdict, ...]) -> list[str]:
    """Return the pairs that are ok although a hop of theirs is broken, was not seen, or only failed before."""
    return [
        str(verdict.pair)
        for verdict in verdicts
        if verdict.status is Status.PASS
        for path in followed(scenario, verdict)
        if path.broken or any(hop.state is State.NOT_SEEN for hop in path.hops)
    ]


@each
def test_pair_with_a_hop_that_is_broken_or_not_seen_is_not_ok(scenario: Scenario) -> None:
    assert wrongly_ok(scenario, report(snapshot(scenario), CHECKS).pairs) == []


@pytest.mark.parametrize("name", ["route-to-nowhere", "exposure-missing"])
def test_pair_that_is_wrongly_ok_is_seen(name: str) -> None:
    """The property itself can fail: a made verdict that is ok, over a broken hop and over one that was not seen."""
    scenario = next(one for one in scenarios() if one.name == f"1.31/{name}")
    verdicts = tuple(replace(one, status=Status.PASS) for one in replay(scenario).pairs)

    assert "cluster1 → cluster2" in wrongly_ok(scenario, verdicts)


@each
def test_pair_whose_calls_are_all_answered_meanwhile_has_no_broken_connection(scenario: Scenario) -> None:
    for verdict in replay(scenario).pairs:
        for path in followed(scenario, verdict):
            answer, connection = path.hop(Kind.ANSWER), path.hop(Kind.CONNECTION)
            if answer and answer.state is State.WORKS:
                assert connection
                assert connection.state is not State.BROKEN


@each
def test_hop_that_was_not_seen_says_why(scenario: Scenario) -> None:
    for verdict in replay(scenario).pairs:
        for path in followed(scenario, verdict):
            unseen = [hop for hop in path.hops if hop.state is State.NOT_SEEN]

            assert all(path.words(hop) for hop in unseen)


@each
def test_broken_hop_says_why_and_how_to_see_it(scenario: Scenario) -> None:
    for verdict in replay(scenario).pairs:
        for path in followed(scenario, verdict):
            if path.broken:
                assert path.broken.reason is not Reason.NONE
                assert path.words(path.broken)
                assert path.broken.seen

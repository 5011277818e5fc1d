"""The four rules, over every recording: no failure without a broken hop, no ok with one, and what was not seen."""

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import ask
from kubectl_mcdiag.path.hop import Kind, Reason, State
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import PairVerdict
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


@each
def test_pair_that_only_failed_before_is_not_ok(scenario: Scenario) -> None:
    for verdict in report(snapshot(scenario), CHECKS).pairs:
        reasons = {hop.reason for path in followed(scenario, verdict) for hop in path.hops}

        assert Reason.FAILED_BEFORE not in reasons or verdict.status is not Status.PASS


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

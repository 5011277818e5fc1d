"""Whatever fails, nothing gets better: on every recorded mesh, any set of commands failing in any way.

A pair, a check or an exit code may become unknown or worse; it never passes because an answer is missing. Where a
permission is missing, what needs it becomes unknown and says so, and nothing else changes.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kubectl_mcdiag.evidence.model import Failure, Observation, Output, Snapshot
from kubectl_mcdiag.run.collect import observe
from kubectl_mcdiag.verdict.judge import report
from tests.denials import GRANTED, assert_unknown_and_nothing_else
from tests.hostile.conftest import Figure
from tests.scenarios import Scenario, askable, replay, scenarios, snapshot
from tests.verdict.test_verdict import assert_nothing_got_better

SETS = 60
FORBIDDEN = 'Error from server (Forbidden): {0} is forbidden: User "jo" cannot list resource "{0}" in API group "{1}"\n'
ENDS = (
    *(Output(failure=failure) for failure in Failure if failure is not Failure.NONE),
    Output(1, "", "error: something else\n"),
    Output(-9, '{"items": [', ""),
    Output(0, '{"items": [{"kind"', ""),
    Output(0, "<html>captive portal</html>", ""),
    Output(1, "", "Unable to connect to the server: EOF\n"),
)


def failing(found: Observation, dice: random.Random) -> Observation:
    """Return what became of an answer: one of the ways to fail, or one resource of several that may not be listed."""
    several = [each for each in found.invocation.command.permissions if each.verb == "list"]
    if len(several) > 1 and dice.random() < 0.4:
        denied = dice.choice(several)
        stderr = FORBIDDEN.format(denied.resource, denied.group)
        return observe(found.invocation, replace(found.output, exit_code=1, stderr=stderr))
    lost = observe(found.invocation, dice.choice(ENDS))
    # A log that is cut off and calls it a success cannot be told from a short one.
    return lost if lost.reason else replace(lost, value=None, reason="lost")


def losses(whole: Snapshot, dice: random.Random) -> Iterator[Snapshot]:
    """Yield every answer lost by itself, then random sets of them."""
    identities = sorted(whole.observations)
    sets = [{identity} for identity in identities]
    sets += [set(dice.sample(identities, dice.randint(2, len(identities)))) for _ in range(SETS)]
    for lost in sets:
        changed = {key: failing(whole.observations[key], dice) for key in lost}
        yield replace(whole, observations={**whole.observations, **changed})


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_failing_commands_never_make_anything_better(scenario: Scenario) -> None:
    for less in losses(snapshot(scenario), random.Random(scenario.name)):
        assert_nothing_got_better(replay(scenario), report(less, askable(scenario)))


def test_missing_permission_is_unknown_and_nothing_else(figure: Figure) -> None:
    unknown = Counter({(s, p): assert_unknown_and_nothing_else(s, p) for s in scenarios() for p in GRANTED})
    figure("permissions of the published roles, each missing in every recorded mesh", len(GRANTED))
    figure("reports made without one, in which what needs it is unknown and nothing else differs", f"{len(unknown):,}")
    figure("checks that have become unknown in them", f"{unknown.total():,}")
    assert unknown.total() > 1_000


def test_count_of_what_was_lost(figure: Figure) -> None:
    counts = Counter(len(snapshot(scenario).observations) + SETS for scenario in scenarios())
    total = sum(count * times for count, times in counts.items())
    figure("recorded meshes, each with every answer failing in turn and random sets of them", len(scenarios()))
    figure("reports made of what was left, none of them better than that of the whole", f"{total:,}")
    assert total > 1_000

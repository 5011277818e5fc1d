"""The figures of a run: counts of directions and of mutations."""

from collections.abc import Iterable

from lab.e2e.page import percent
from lab.mutate.outcome import Mended, Outcome
from lab.mutate.truth import Fate

Figure = tuple[str, int, int]
"""A name, how many, and of how many."""


def figures(outcomes: Iterable[Outcome]) -> list[Figure]:
    """Return what was reached: of directions what was said wrongly, of mutations what was named and mended."""
    counted = [outcome for outcome in outcomes if not outcome.void]
    said = [verdict for outcome in counted for verdict in outcome.verdicts]
    failing = [verdict for verdict in said if verdict.fate is Fate.FAILING]
    answered = [verdict for verdict in said if verdict.fate is Fate.ANSWERED]
    broken = [outcome for outcome in counted if outcome.fails]
    tried = [outcome for outcome in broken if outcome.mended in (Mended.YES, Mended.NO)]
    return [
        ("false green", sum(one.false_green for one in failing), len(failing)),
        ("only warned", sum(one.only_warned for one in failing), len(failing)),
        ("false alarm", sum(one.false_alarm for one in answered), len(answered)),
        ("not judged", sum(one.not_judged for one in said), len(said)),
        ("named first", sum(one.named is True for one in broken), len(broken)),
        ("mended", sum(one.mended is Mended.YES for one in tried), len(tried)),
    ]


def summary(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the figures of a run, a line each."""
    made = list(outcomes)
    void = sum(bool(outcome.void) for outcome in made)
    head = f"{len(made) - void} mutations counted, {void} did not; {sum(one.fails for one in made)} broke calls"
    return [head, *(f"{name}: {part} of {of} ({percent(part, of)})" for name, part, of in figures(made))]

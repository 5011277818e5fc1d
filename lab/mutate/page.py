"""The section of docs/accuracy.md on mutations."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from lab.e2e.page import interval, table
from lab.mutate.figures import figures
from lab.mutate.outcome import Outcome

HEAD = """
## Chance

Random, valid changes to random objects of a running mesh, alone and in pairs; `make mutate N=… SEED=… SHAPE=…` repeats
them. Requests before and after the check are the only judge, for each ordered pair of clusters, HTTP and TCP, with
pooled connections cut first. They go to a service with pods in all clusters, and to services whose only pods are in
the other cluster.

*false green*: of the directions in which calls fail, those that are said to be ok. *only warned*: those with no more
than a WARN. *false alarm*: of the directions in which the other cluster answers all that it should, those with a FAIL,
unless it is about another service. *not judged*: directions said to be unknown. *named first*: of the mutations that
break calls between clusters, those whose first root cause names a changed object. *mended*: of those that can be
mended inside the clusters by steps that need no input, those whose printed steps brought the calls back.

In brackets: between which shares the true one lies, 95 times of 100 (Wilson's interval); few were counted.

"""
KEYS = ("Istio", "shape", "seed", "mutations", "broke calls")


def section(outcomes: Iterable[Outcome], notes: str = "") -> str:
    """Return the section, with what somebody has written about the runs; nothing where nothing was measured."""
    counted = [outcome for outcome in outcomes if not outcome.void]
    if not counted:
        return ""
    names = [name for name, _, _ in figures(counted)]
    rows = [_row(*key, group) for key, group in _runs(counted)]
    rows.append(_row("all", "", "", counted))
    return f"{HEAD}{table((*KEYS, *names), rows)}{''.join(_missed(counted))}{notes}"


def _runs(counted: list[Outcome]) -> Iterator[tuple[tuple[str, str, str], list[Outcome]]]:
    def run(outcome: Outcome) -> tuple[str, str, str]:
        return outcome.trial.istio, outcome.trial.shape, str(outcome.trial.seed)

    for key, group in groupby(sorted(counted, key=run), key=run):
        yield key, list(group)


def _row(istio: str, shape: str, seed: str, group: list[Outcome]) -> tuple[str, ...]:
    shown = (f"{part} of {of} ({interval(part, of)})" if of else "none" for _, part, of in figures(group))
    return (istio, shape, seed, str(len(group)), str(sum(one.fails for one in group)), *shown)


def _missed(counted: list[Outcome]) -> Iterator[str]:
    """Yield how often each family of mutations was missed in which way."""
    found = Counter((miss, " + ".join(sorted(one.families))) for one in counted for miss in one.misses)
    if found:
        yield "\nMissed, by kind:\n\n"
        yield table(("miss", "family", "times"), [(*key, str(times)) for key, times in found.most_common()])

"""Which finding explains which: consequences are folded under their causes, found by an index and not by comparison.

Of the findings that explain one, the cause is the narrowest that covers it, then the nearest in the declared graph:
the one that others of them explain. The rest are named beside it. A warning explains no failure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, Scope
from kubectl_mcdiag.checks.message import Message
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.verdict.group import united
from kubectl_mcdiag.verdict.model import Consequence, RootCause

Place = tuple[str, Pair | None, str]
"""The check of a finding, one of the pairs that it covers (None: it breaks none), and its service."""


class Findings:
    """Findings, each with what explains it; `compared` counts how many were looked at for how many others."""

    def __init__(self, found: Iterable[Consequence]) -> None:
        self.all = tuple(found)
        self.compared = 0
        self._checks = {one.check.code: one.check for one in self.all}
        self._places: dict[Place, list[int]] = defaultdict(list)
        self._explaining: dict[str, tuple[Check, ...]] = {}
        self._pairs: dict[int, frozenset[Pair]] = {}
        self._failing: dict[tuple[str, Message | str], int] = {}
        for index, one in enumerate(self.all):
            for place in _places(one.check, one.finding):
                self._places[place].append(index)
            if one.finding.status is Status.FAIL:
                self._failing.setdefault((one.check.code, one.finding.problem), index)

    def causes(self, index: int) -> tuple[int, ...]:
        """Return the findings that can explain this one, the narrowest first, then the nearest."""
        effect = self.all[index]
        found = tuple(other for check in self._explain(effect.check) for other in self._covering(check, effect))
        same = self._same(effect)
        if not found:
            return () if same is None else (same,)
        return tuple(sorted(found, key=lambda other: (_width(self.all[other].finding.scope), *self._far(other, found))))

    def _far(self, index: int, found: tuple[int, ...]) -> tuple[int, int]:
        """Return how far a cause is from what it explains: the nearer one is explained by more of the others."""
        check = self.all[index].check
        return -sum(self.all[other].check.explains(check) for other in found), index

    def _same(self, effect: Consequence) -> int | None:
        """Return the failure that says the same as a warning: what works for some calls still, and not for others."""
        is_late = effect.finding.status is Status.WARN
        return self._failing.get((effect.check.code, effect.finding.problem)) if is_late else None

    def _explain(self, effect: Check) -> tuple[Check, ...]:
        if effect.code not in self._explaining:
            self._explaining[effect.code] = tuple(one for one in self._checks.values() if one.explains(effect))
        return self._explaining[effect.code]

    def _covering(self, check: Check, effect: Consequence) -> Iterator[int]:
        scope = effect.finding.scope
        pair = next(iter(scope.pairs), None)
        for name in dict.fromkeys(("", scope.service)):
            for index in self._places.get((check.code, pair, name), ()):
                self.compared += 1
                cause = self.all[index].finding
                is_strong = cause.status.rank >= effect.finding.status.rank
                if is_strong and cause.scope.takes_in(scope) and self._spans(index, scope):
                    yield index

    def _spans(self, index: int, other: Scope) -> bool:
        """Return whether a finding, which was found by the first pair of the other, covers the rest as well."""
        if len(other.pairs) < 2:
            return True
        if index not in self._pairs:
            self._pairs[index] = frozenset(self.all[index].finding.scope.pairs)
        return self._pairs[index].issuperset(other.pairs)


def _places(check: Check, finding: Finding) -> Iterator[Place]:
    for pair in (None, *dict.fromkeys(finding.scope.pairs)):
        yield check.code, pair, finding.scope.service


def _width(scope: Scope) -> tuple[int, int]:
    """Return how much a finding is about: its pairs, then what it does not narrow them to."""
    narrowed = (scope.service, scope.workload, scope.istiod, scope.network)
    return len(scope.pairs), -sum(map(bool, narrowed))


class _Roots:
    """The findings that nothing explains, by what they explain."""

    def __init__(self, found: Findings) -> None:
        self._causes = [found.causes(index) for index in range(len(found.all))]

    def of(self, index: int) -> int:
        """Return the root of a finding; where findings explain each other it is the first of them."""
        passed: list[int] = []
        while self._causes[index] and index not in passed:
            passed.append(index)
            index = self._causes[index][0]
        return min(passed[passed.index(index) :]) if index in passed else index

    def others(self, index: int) -> tuple[int, ...]:
        """Return the other roots that explain a finding as well."""
        found = dict.fromkeys(self.of(cause) for cause in self._causes[index])
        return tuple(sorted(root for root in found if root != self.of(index)))


def folded(found: Findings) -> tuple[RootCause, ...]:
    """Return the findings that nothing explains, each with those that it explains."""
    roots = _Roots(found)
    explained: dict[int, list[Consequence]] = {i: [] for i in range(len(found.all)) if roots.of(i) == i}
    for index, one in enumerate(found.all):
        if index not in explained:
            codes = tuple(dict.fromkeys(found.all[other].check.code for other in roots.others(index)))
            explained[roots.of(index)].append(replace(one, others=codes))
    causes = [
        RootCause(found.all[index].check, found.all[index].finding, tuple(more)) for index, more in explained.items()
    ]
    return united(causes)

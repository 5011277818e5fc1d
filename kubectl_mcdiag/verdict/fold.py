"""Which finding explains which: consequences are folded under their causes, found by an index and not by comparison."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope
from kubectl_mcdiag.checks.message import Message
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.verdict.group import united
from kubectl_mcdiag.verdict.model import Consequence, RootCause

Place = tuple[str, Pair | None, str]
"""The check of a finding, one of the pairs that it covers (None: it breaks none), and its service."""


class Findings:
    """Findings in the order of their checks; `compared` counts how many were looked at for how many others."""

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

    def cause(self, index: int) -> int | None:
        """Return the first finding that can explain this one: named by its check, covering its scope, not weaker."""
        effect = self.all[index]
        firsts = (self._first(check, effect) for check in self._explain(effect.check))
        return min((first for first in firsts if first is not None), default=self._same(effect))

    def _same(self, effect: Consequence) -> int | None:
        """Return the failure that says the same as a warning: what works for some calls still, and not for others."""
        is_late = effect.finding.status is Status.WARN
        return self._failing.get((effect.check.code, effect.finding.problem)) if is_late else None

    def _explain(self, effect: Check) -> tuple[Check, ...]:
        if effect.code not in self._explaining:
            self._explaining[effect.code] = tuple(one for one in self._checks.values() if one.explains(effect))
        return self._explaining[effect.code]

    def _first(self, check: Check, effect: Consequence) -> int | None:
        scope = effect.finding.scope
        pair = next(iter(scope.pairs), None)
        found = (self._covering((check.code, pair, name), effect) for name in dict.fromkeys(("", scope.service)))
        return min((one for one in found if one is not None), default=None)

    def _covering(self, place: Place, effect: Consequence) -> int | None:
        for index in self._places.get(place, ()):
            self.compared += 1
            cause = self.all[index].finding
            is_strong = cause.status.rank >= effect.finding.status.rank
            if is_strong and cause.scope.takes_in(effect.finding.scope) and self._spans(index, effect.finding.scope):
                return index
        return None

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


def folded(found: Findings) -> tuple[RootCause, ...]:
    """Return the findings that nothing explains, each with those that it explains."""
    parents = [found.cause(index) for index in range(len(found.all))]

    def root(index: int) -> int:
        parent = parents[index]
        return index if parent is None else root(parent)

    explained: dict[int, list[Consequence]] = {index: [] for index, parent in enumerate(parents) if parent is None}
    for index, one in enumerate(found.all):
        if parents[index] is not None:
            explained[root(index)].append(one)
    causes = [
        RootCause(found.all[index].check, found.all[index].finding, tuple(more)) for index, more in explained.items()
    ]
    return united(causes)

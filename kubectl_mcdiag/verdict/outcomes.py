"""How the checks came out: what says nothing is kept by the hundred thousand, and so as little as can be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.verdict.model import Result, UnitResult

_QUIET = (Status.PASS, Status.SKIP)
SHOWN_REASONS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """How one check came out for one unit: its findings, or why it was skipped or is unknown."""

    check: Check
    unit: str | Pair | None
    clusters: tuple[str, ...]
    pairs: tuple[Pair, ...]
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    command: str = ""
    read: frozenset[str] = frozenset()
    unjudged: tuple[NotJudged, ...] = ()
    is_cut_short: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether there is no more to say than how it came out."""
        return self.status in _QUIET and not self.findings and not self.unjudged


class Outcomes:
    """What came out, check by check; `loud` are those with something to say, in their order.

    A unit comes out alike of most checks: these share one record.
    """

    def __init__(self, came_out: Iterable[Judged]) -> None:
        self.loud: tuple[Judged, ...] = ()
        self._checks: dict[str, Check] = {}
        self._rows: dict[str, list[UnitResult | int]] = {}
        self._shared: dict[UnitResult, UnitResult] = {}
        loud: list[Judged] = []
        for one in came_out:
            self._checks[one.check.code] = one.check
            row = self._rows.setdefault(one.check.code, [])
            if one.is_quiet:
                row.append(self._result(one))
            else:
                row.append(len(loud))
                loud.append(one)
        self.loud = tuple(loud)

    def settle(self, change: Callable[[Judged], Judged]) -> None:
        """Take what a change makes of those with something to say."""
        self.loud = tuple(map(change, self.loud))

    def results(self) -> tuple[Result, ...]:
        """Return one row for each check: its worst unit, where every unit was skipped SKIP."""
        return tuple(self._row(code, check) for code, check in self._checks.items())

    def _row(self, code: str, check: Check) -> Result:
        units = tuple(self._result(self.loud[one]) if isinstance(one, int) else one for one in self._rows[code])
        statuses = {one.status for one in units} - {Status.SKIP}
        worst = max(statuses, key=lambda status: status.rank, default=Status.SKIP)
        reasons = sorted({one.reason for one in units if one.status is worst and one.reason})
        return Result(check, worst, _some([*reasons]), units)

    def _result(self, one: Judged) -> UnitResult:
        found = UnitResult(one.unit, one.status, one.reason)
        return self._shared.setdefault(found, found)


def _some(reasons: list[str]) -> str:
    """Return the first few: each pair of hundreds of clusters can have a reason of its own."""
    more = len(reasons) - SHOWN_REASONS
    return "; ".join([*reasons[:SHOWN_REASONS], *([f"and {more} more like these"] if more > 0 else [])])

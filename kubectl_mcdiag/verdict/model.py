"""The report that the verdict makes of findings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from kubectl_mcdiag.checks.contract import Check, Finding
from kubectl_mcdiag.mesh.model import ClusterSummary, Pair, Status
from kubectl_mcdiag.path.trace import Path

RECORDED = "Read from a recording: its contexts and commands are its sender's, not those of your kubeconfig."


@dataclass(frozen=True, slots=True)
class RootCause:
    """A finding that nothing else explains, and the findings that it explains.

    `path`: one of the calls that it breaks, up to the hop that is broken; none where no call was followed.
    """

    check: Check
    finding: Finding
    consequences: tuple["Consequence", ...] = ()
    path: Path | None = field(default=None, compare=False)

    @property
    def parts(self) -> tuple["Consequence", ...]:
        """The finding itself and those that it explains."""
        return (Consequence(self.check, self.finding), *self.consequences)


def codes_by_pair(causes: Iterable[RootCause]) -> dict[Pair, tuple[str, ...]]:
    """Return the codes of the root causes that concern each pair, in their order."""
    found: dict[Pair, dict[str, None]] = {}
    for cause in causes:
        for pair in {pair: None for part in cause.parts for pair in part.finding.scope.pairs}:
            found.setdefault(pair, {})[cause.check.code] = None
    return {pair: tuple(codes) for pair, codes in found.items()}


@dataclass(frozen=True, slots=True)
class Consequence:
    """A finding that a root cause explains; `others` are the codes of other root causes that explain it as well."""

    check: Check
    finding: Finding
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A root cause that the operator's ignore file sets apart, why, and the last day on which it does."""

    cause: RootCause
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be judged: the reason, and the checks and pairs it touches."""

    reason: str
    clusters: tuple[str, ...]
    pairs: tuple[Pair, ...]
    codes: tuple[str, ...]
    command: str = ""


@dataclass(frozen=True, slots=True)
class UnitResult:
    """How one check came out for one unit: a context, a pair, or nothing for the mesh."""

    unit: str | Pair | None
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How one check came out over all its units; `reason` says why it was skipped or is unknown."""

    check: Check
    status: Status
    reason: str = ""
    units: tuple[UnitResult, ...] = ()


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """How calls of one ordered pair stand, and the codes of the root causes that cover it.

    `ignored`: all that is wrong with it is ignored. `services`: those judged; `failing`: those of them that fail;
    `local`: those that stay local because somebody asked for it, by the rules `kept_by` (codes).
    """

    pair: Pair
    status: Status
    root_causes: tuple[str, ...] = ()
    ignored: bool = False
    services: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()

    @property
    def is_partly(self) -> bool:
        """Whether some services fail and others do not."""
        return self.status is Status.FAIL and 0 < len(self.failing) < len(self.services)

    @property
    def is_local(self) -> bool:
        """Whether every service stays local because somebody asked for it."""
        kept = bool(self.services) and set(self.services) <= set(self.local)
        return self.status is Status.PASS and kept


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A cluster that this machine cannot read at all: why, what was asked, and its state as other istiods have it.

    `seen`: context and the state of the cluster in that istiod's `clusterz`.
    """

    context: str
    reason: str
    command: str
    seen: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One question, as an operator would paste it; `failure` is empty where it was answered.

    `size`: how many bytes came. `commands`: how many were run for it, none where another one brought the answer.
    """

    context: str
    command: str
    seconds: float
    failure: str = ""
    size: int = 0
    commands: int = 1


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched in all; `seconds` is what was waited for each command, added up."""

    commands: int
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer. `members`: clusters that the remote secrets name and no context was given for.

    `is_replayed`: it was read from a recording, so that contexts and commands are its sender's.
    `remarks`: entries of the ignore file that had no effect. `left_out`: services whose calls were not looked into.
    `exit_code`: that of the run, None where it follows from what was found.
    """

    taken_at: datetime
    status: Status
    clusters: tuple[ClusterSummary, ...]
    members: tuple[str, ...]
    services: tuple[str, ...]
    pairs: tuple[PairVerdict, ...]
    root_causes: tuple[RootCause, ...]
    notes: tuple[Consequence, ...]
    results: tuple[Result, ...]
    unknowns: tuple[Unknown, ...]
    runs: tuple[Run, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    remarks: tuple[str, ...] = ()
    exit_code: int | None = None
    unreachable: tuple[Unreachable, ...] = ()
    is_probed: bool = False
    is_replayed: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def fetched(self) -> Fetched:
        """How much was asked for and came."""
        run = [each for each in self.runs if each.commands]
        return Fetched(
            sum(each.commands for each in run), sum(each.size for each in run), sum(each.seconds for each in run)
        )

    @property
    def origin(self) -> str:
        """What a reader has to know of a report on a recording; empty where clusters were asked."""
        return RECORDED if self.is_replayed else ""

"""What a check says, and the report that the verdict makes of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from kubectl_mcdiag.evidence import Command


class Status(Enum):
    """How a check, a pair or the whole mesh came out, best first."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    SKIP = "skip"
    NOTE = "note"
    UNKNOWN = "unknown"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """Position from best (0) to worst."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(Status)}


class Kind(Enum):
    """How a step may be used: pasted now, pasted when traffic may be disturbed, or after filling in a value."""

    SAFE = "safe"
    DISRUPTIVE = "disruptive"
    NEEDS_INPUT = "needs input"


class Symptom(Enum):
    """What shows that calls to another cluster fail, without saying why; one leads to the next."""

    NOT_SYNCED = "istiod has not synced the cluster"
    NOT_LEARNT = "istiod has not learnt its endpoints"
    NOT_GIVEN = "the client's Envoy was not given them"
    POD_ADDRESS = "they are given by pod address where a gateway is needed"
    NO_CONNECTION = "connections to them fail"
    NO_ANSWER = "requests are not answered from there"


class Unit(Enum):
    """What one call of a check judges."""

    MESH = "mesh"
    CLUSTER = "cluster"
    PAIR = "pair"


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """An ordered two of contexts: calls go from `source` to `destination`."""

    source: str
    destination: str

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a finding is about.

    `clusters`: contexts where the wrong thing stands. `pairs`: the calls it breaks.
    An empty `service`, `network`, `istiod` or `workload` means all of them. `services`: those of several findings
    that were told as one; `service` is empty then.
    """

    clusters: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    service: str = ""
    network: str = ""
    istiod: str = ""
    workload: str = ""
    services: tuple[str, ...] = ()

    def covers(self, other: "Scope") -> bool:
        """Tell whether a cause of this scope can explain a finding of the other."""
        narrower = all(
            not mine or mine == theirs
            for mine, theirs in (
                (self.service, other.service),
                (self.network, other.network),
                (self.istiod, other.istiod),
                (self.workload, other.workload),
            )
        )
        return narrower and set(other.pairs) <= set(self.pairs)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A command to paste and the lines of its output that matter."""

    context: str
    command: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Step:
    """One command that mends, what kind it is and why it is needed. Never one that copies or invents a CA key."""

    kind: Kind
    command: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong (`FAIL`), fragile (`WARN`) or by design (`NOTE`), with its proof and its mending."""

    status: Status
    scope: Scope
    problem: str
    evidence: tuple[Evidence, ...]
    fix: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `title` is a sentence that is true when all is well.

    `run` is a generator function of the view and the unit (nothing for the mesh, a context, a `Pair`).
    `symptom`: what its findings are where they show a fault and not its cause. `leads_to`: the symptoms that its
    findings explain. `caused_by`: codes of other checks whose findings explain its own, where neither is a symptom.
    `reads`: the commands it needs. `rows`: the rows of the failure catalogue it decides. `guide`: the node of
    Istio's guide.
    """

    code: str
    title: str
    unit: Unit
    run: Callable[..., Iterable[Finding]]
    reads: tuple[Command[Any], ...]
    symptom: Symptom | None = None
    leads_to: tuple[Symptom, ...] = ()
    caused_by: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    guide: str = ""

    def explains(self, other: "Check") -> bool:
        """Tell whether a finding of this check can be why there is one of the other.

        Whatever fails can be why requests are not answered.
        """
        if other.symptom is Symptom.NO_ANSWER:
            return self.symptom is not Symptom.NO_ANSWER
        return other.symptom in self.leads_to or self.code in other.caused_by


@dataclass(frozen=True, slots=True)
class RootCause:
    """A finding that nothing else explains, and the findings that it explains."""

    check: Check
    finding: Finding
    consequences: tuple["Consequence", ...] = ()

    @property
    def parts(self) -> tuple["Consequence", ...]:
        """The finding itself and those that it explains."""
        return (Consequence(self.check, self.finding), *self.consequences)

    def touches(self, pair: Pair) -> bool:
        """Tell whether this, or what follows from it, concerns a pair."""
        return any(pair in part.finding.scope.pairs for part in self.parts)


@dataclass(frozen=True, slots=True)
class Consequence:
    """A finding that a root cause explains."""

    check: Check
    finding: Finding


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

    `ignored`: all that is wrong with it is ignored.
    """

    pair: Pair
    status: Status
    root_causes: tuple[str, ...] = ()
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Istiod:
    """One running istiod pod."""

    name: str
    version: str
    revision: str


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """An east-west gateway Service (`name.namespace`) and the addresses that clients in other networks use."""

    service: str
    addresses: tuple[str, ...]
    port: int


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """One cluster as seen. An empty text means unknown; the report's unknowns say why.

    `unknown` names the fields that could not be read, so that an empty tuple can mean "none".
    """

    context: str
    cluster_id: str
    network: str
    role: str
    istiods: tuple[Istiod, ...]
    trust_domain: str
    roots: tuple[str, ...]
    gateways: tuple[GatewayAddress, ...]
    clients: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One command that was run, as an operator would paste it; `failure` is empty where it answered."""

    context: str
    command: str
    seconds: float
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer. `members`: clusters that the remote secrets name and no context was given for.

    `remarks`: entries of the ignore file that had no effect.
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


SHOWN_NAMES = 3


def listed(names: tuple[str, ...]) -> str:
    """Return `a and b`, `a, b and c`, `a, b, c and 97 more`."""
    shown, more = names[:SHOWN_NAMES], len(names) - SHOWN_NAMES
    parts = (*shown, f"{more} more") if more > 0 else shown
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]

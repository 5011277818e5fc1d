"""What a check is and what it says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.mesh.model import Pair, Status


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


SHOWN_NAMES = 3


def listed(names: tuple[str, ...]) -> str:
    """Return `a and b`, `a, b and c`, `a, b, c and 97 more`."""
    shown, more = names[:SHOWN_NAMES], len(names) - SHOWN_NAMES
    parts = (*shown, f"{more} more") if more > 0 else shown
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]

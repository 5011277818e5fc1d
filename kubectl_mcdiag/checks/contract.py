"""What a check is and what it says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kubectl_mcdiag.checks.message import NOTHING, Message
from kubectl_mcdiag.checks.reading import commands_read
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.path.hop import Kind


class Symptom(Enum):
    """What shows that calls to another cluster fail, without saying why; one leads to the next."""

    @property
    def hops(self) -> tuple[Kind, ...]:
        """The hops of a call that are broken where it shows."""
        return _HOPS[self]

    NOT_SYNCED = "istiod has not synced the cluster"
    NOT_LEARNED = "istiod has no endpoints there"
    NOT_GIVEN = "the client's Envoy has no endpoints there"
    POD_ADDRESS = "Envoy has pod addresses where it needs a gateway"
    NO_ROUTE = "the client's Envoy sends calls nowhere"
    NO_CONNECTION = "connections fail"
    NO_ENTRANCE = "the gateway turns calls away"
    NOT_TRUSTED = "client and server refuse each other's certificate"
    NOT_ADMITTED = "the server's Envoy refuses calls"
    NO_ANSWER = "no request is answered from there"


_HOPS: dict[Symptom, tuple[Kind, ...]] = {
    Symptom.NOT_SYNCED: (Kind.NAME, Kind.ENDPOINTS),
    Symptom.NOT_LEARNED: (Kind.NAME, Kind.ENDPOINTS),
    Symptom.NOT_GIVEN: (Kind.NAME, Kind.ENDPOINTS),
    Symptom.POD_ADDRESS: (Kind.ENDPOINTS,),
    Symptom.NO_ROUTE: (Kind.ROUTE,),
    Symptom.NO_CONNECTION: (Kind.CONNECTION,),
    Symptom.NO_ENTRANCE: (Kind.ENTRANCE,),
    Symptom.NOT_TRUSTED: (Kind.TRUST,),
    Symptom.NOT_ADMITTED: (Kind.ADMISSION,),
    Symptom.NO_ANSWER: (Kind.ANSWER,),
}


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
    that were reported as one; `service` is empty then.
    """

    clusters: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    service: str = ""
    network: str = ""
    istiod: str = ""
    workload: str = ""
    services: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The services that it is about, none where it is about all."""
        return self.services or ((self.service,) if self.service else ())

    def covers(self, other: "Scope") -> bool:
        """Return whether a cause of this scope can explain a finding of the other."""
        return self.takes_in(other) and set(other.pairs) <= set(self.pairs)

    def takes_in(self, other: "Scope") -> bool:
        """Return whether the service, network, istiod and workload of the other are among those of this scope."""
        return all(
            not mine or mine == theirs
            for mine, theirs in (
                (self.service, other.service),
                (self.network, other.network),
                (self.istiod, other.istiod),
                (self.workload, other.workload),
            )
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """A command to paste and the lines of its output that matter."""

    context: str
    shown: Shell | str
    excerpt: str

    @property
    def command(self) -> str:
        """The command to paste."""
        return str(self.shown)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong (`FAIL`), fragile (`WARN`) or by design (`NOTE`), with its proof and its fix.

    `problem` names the cause in one short sentence without a full stop, `detail` says the values and why it matters.
    `advice` says what to do where no command can: whom to ask for what, what to edit.
    """

    status: Status
    scope: Scope
    problem: Message | str
    evidence: tuple[Evidence, ...]
    fix: tuple[Step, ...] = ()
    detail: Message = NOTHING
    advice: Message = NOTHING

    @property
    def headline(self) -> str:
        """The cause in one sentence."""
        return str(self.problem)

    @property
    def text(self) -> str:
        """The cause and what more there is to say of it."""
        return f"{self.problem}. {self.detail}" if self.detail else str(self.problem)


@dataclass(frozen=True, slots=True)
class NotJudged:
    """What a rule could not judge, for the smallest scope: that pod, that service; and why."""

    scope: Scope
    reason: str
    command: str = ""


Guard = Callable[..., str]
"""Returns why a rule has nothing to judge for a unit, empty where it has; asked before the rule is run."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `title` is a sentence that is true when all is well.

    `run` is a generator function of the view and the unit (nothing for the mesh, a context, a `Pair`); what it yields
    before it cannot read on is kept. `guards` are asked first. `symptom`: what its findings are where they show a fault
    and not its cause. `leads_to`: the symptoms that its findings explain. `caused_by`: codes of other checks whose
    findings explain its own, where neither is a symptom. `rows`: the rows of the failure catalogue it decides.
    `guide`: the node of Istio's guide. `keeps_local`: its notes say that somebody asked for calls to stay local.
    `is_of_path`: it follows calls, so that what it could not see is of no interest where calls are known to fail.
    `is_unfollowed`: it fails for pods that no call can be followed from, without a proxy or not started, so that
    what becomes of the calls of others does not speak against it. `holds_up`: where it stands, pods may wait for their
    proxy. `until`: said of a failure that is none yet, because calls are seen to work: when they will fail.
    """

    code: str
    title: str
    unit: Unit
    run: Callable[..., Iterable[Finding | NotJudged]]
    guards: tuple[Guard, ...] = ()
    symptom: Symptom | None = None
    leads_to: tuple[Symptom, ...] = ()
    caused_by: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    guide: str = ""
    keeps_local: bool = False
    is_of_path: bool = False
    is_unfollowed: bool = False
    holds_up: bool = False
    until: str = ""

    @property
    def hops(self) -> frozenset[Kind]:
        """The hops of a call that its findings explain: those of its symptoms, any where it names none."""
        symptoms = (*self.leads_to, *((self.symptom,) if self.symptom else ()))
        return frozenset(hop for symptom in symptoms for hop in symptom.hops) or frozenset(Kind)

    @property
    def reads(self) -> tuple[Command[Any], ...]:
        """The commands that it can read, worked out from its code."""
        return tuple({c.key: c for part in (self.run, *self.guards) for c in commands_read(part)}.values())

    @property
    def family(self) -> str:
        """The family of the rule: the folder it stands in."""
        return self.run.__module__.rpartition(".")[0].rpartition(".")[2] or "checks"

    def explains(self, other: "Check") -> bool:
        """Return whether a finding of this check can be why there is one of the other.

        Whatever fails can be why requests are not answered.
        """
        if other.symptom is Symptom.NO_ANSWER:
            return self.symptom is not Symptom.NO_ANSWER
        named = other.symptom in self.leads_to or self.code in other.caused_by
        return named or (other.symptom in _BEHIND and self.symptom is None and Symptom.NO_CONNECTION in self.leads_to)


_BEHIND = (Symptom.NO_ENTRANCE, Symptom.NOT_TRUSTED)
"""Hops behind the connection: whatever keeps connections from being made explains them as well."""

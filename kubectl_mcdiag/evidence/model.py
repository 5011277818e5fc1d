"""What was asked and what came back: commands, invocations, outputs and the snapshot of all clusters.

The shell fills a `Snapshot` through a `Source`; everything after that only reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from kubectl_mcdiag.evidence.shell import joined

T_co = TypeVar("T_co", covariant=True)

USUAL_NAMESPACE = "istio-system"
"""Where Istio is, unless somebody chose another place."""


class Failure(Enum):
    """Why a command gave nothing to parse. `NONE`: it ran; its exit code may still not be zero."""

    NONE = ""
    TOOL_MISSING = "tool missing"
    TIMED_OUT = "timed out"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    INTERRUPTED = "interrupted"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    NOT_RECORDED = "not recorded"


class Target(Enum):
    """What a command is run for, within one cluster."""

    CLUSTER = "cluster"
    ISTIOD = "istiod pod"
    CLIENT = "client pod"
    GATEWAY = "gateway pod"
    SERVER = "server pod"
    CALLER = "calling pod and address, with --probe"


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule of the role that a command needs: `list` of `secrets` in `istio-system`, for example.

    `names` are the objects it is about, empty for all; those of a revision have its name behind theirs.
    """

    verb: str
    resource: str
    group: str = ""
    namespaced: bool = False
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {resource}"


def unchanged(text: str) -> str:
    """Return the text as it is: the redaction of a command whose output holds no secret."""
    return text


@dataclass(frozen=True, slots=True)
class Command(Generic[T_co]):
    """One question to a cluster, declared once; it only reads, or `sends_requests` where the operator allows it.

    `args` may hold `{istio_namespace}`, `{pod}`, `{namespace}`, `{address}` and `{names}`. `shown` is what an operator
    pastes to see the same where `args` is a long template (or would print a secret to the terminal). `redact` runs on
    stdout before anything is stored. `timeout` is in seconds, and so is `pause`, the time to wait before it is run.
    `question` makes of the second word of a target what takes the place of `{address}`.
    `forwarded` are the arguments of istioctl that give the same through a port-forward, where there are such.
    """

    key: str
    tool: str
    args: tuple[str, ...]
    parse: Callable[[str], T_co]
    target: Target = Target.CLUSTER
    shown: tuple[str, ...] = ()
    redact: Callable[[str], str] = unchanged
    question: Callable[[str], str] = unchanged
    permissions: tuple[Permission, ...] = ()
    timeout: float = 30.0
    pause: float = 0.0
    suffix: str = "txt"
    sends_requests: bool = False
    forwarded: tuple[str, ...] = ()

    def needs(self, resource: str) -> bool:
        """Return whether a permission on this resource is needed, in any namespace."""
        return any(each.resource == resource for each in self.permissions)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command for one context and target: the argv that is run, and the one that is printed.

    `flags`: those of both that any other command to the same cluster repeats. `merged`: the invocation that asks this
    and others at once, and those others.
    """

    command: Command[Any]
    context: str
    target: str
    argv: tuple[str, ...]
    shown: tuple[str, ...]
    flags: tuple[str, ...] = ()
    merged: "tuple[Invocation, ...]" = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes this invocation one of its kind: command key, context, target."""
        return (self.command.key, self.context, self.target)

    def __str__(self) -> str:
        return joined(self.shown)


@dataclass(frozen=True, slots=True)
class Output:
    """What came back: streams are text after redaction, `seconds` is wall time.

    `size` is how many bytes were printed, and `commands` how many were run for it: none for what came with another.
    """

    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    failure: Failure = Failure.NONE
    size: int = 0
    commands: int = 1


@dataclass(frozen=True, slots=True)
class Observation:
    """An invocation, its output, and either the parsed value or the reason there is none.

    `denied`: the resources missing from a value because they may not be listed.
    """

    invocation: Invocation
    output: Output
    value: Any = None
    reason: str = ""
    denied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose; recorded in a bundle, so that a replay judges the same question.

    `probe`: requests of our own may be sent, from pods that are there. `no_exec`: nothing is run in a pod.
    `no_secrets`: no Secret is read. `flags` are those that every command repeats (`--kubeconfig`, `--as`); they are not
    recorded.
    """

    istio_namespace: str = USUAL_NAMESPACE
    namespace: str = ""
    revision: str = ""
    services: tuple[str, ...] = ()
    client: str = ""
    probe: bool = False
    no_exec: bool = False
    no_secrets: bool = False
    flags: tuple[str, ...] = ()

    def prefix(self, tool: str, context: str) -> tuple[str, ...]:
        """Return how every command of a tool begins; istioctl gets another system namespace than Istio's own."""
        is_named = tool == "istioctl" and self.istio_namespace != USUAL_NAMESPACE
        where = ("--istioNamespace", self.istio_namespace) if is_named else ()
        return (tool, *(("--context", context) if context else ()), *self.flags, *where)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of all clusters at one moment; contexts in command-line order.

    `is_replayed`: it comes out of a recording, whose contexts are its sender's.
    """

    contexts: tuple[str, ...]
    taken_at: datetime
    settings: Settings = Settings()
    observations: Mapping[tuple[str, str, str], Observation] = field(default_factory=dict)
    is_replayed: bool = False


class Source(Protocol):
    """Where outputs come from: a live cluster, a recording, or a recorder around either."""

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the redacted output of one invocation within `timeout` seconds; never raise."""
        ...

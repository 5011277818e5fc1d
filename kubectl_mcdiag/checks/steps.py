"""Steps that fix, as values: an action on an object; what they do to the mesh follows from the action alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, replaced, written
from kubectl_mcdiag.evidence.names import CONTEXT, LABEL, SEGMENT
from kubectl_mcdiag.evidence.shell import Input, Joined, Shell, Word, block, shell
from kubectl_mcdiag.mesh.view import View


class Mark(Enum):
    """What an operator should know of a step before it is pasted; none of them means safe."""

    DISRUPTIVE = "disruptive"
    DELETES = "deletes"
    WIDENS = "widens access"
    INPUT = "needs input"


_D, _X, _W = Mark.DISRUPTIVE, Mark.DELETES, Mark.WIDENS


class Action(Enum):
    """What a step does. Its marks are derived from here and nowhere typed beside a step; the text is the reason."""

    SHOW = ("reads only", ())
    WAIT = ("waits, changes nothing", ())
    SCALE_UP = ("adds pods, takes none away", ())
    CREATE_SERVICE = ("adds an object that nothing had", ())
    CREATE_REMOTE_SECRET = ("adds one Secret with which istiod may read the other cluster; restarts nothing", ())
    REPLACE_REMOTE_SECRET = ("istiod drops its connection to that cluster and connects again", (_D,))
    LABEL = ("changes a label that moves no traffic", ())
    COPY = ("keeps a copy of what is replaced", ())
    RESTART = ("restarts pods", (_D,))
    POD_TEMPLATE = ("changes the pod template, which restarts the pods", (_D,))
    MOVE_TRAFFIC = ("moves traffic at once: a network, a gateway, an address, a route, a port", (_D,))
    MESH_CONFIG = ("istiod pushes it to every proxy", (_D,))
    CHOOSE_NAMESPACE = ("istiod starts or stops serving a namespace", (_D,))
    ENROL = ("connections of running pods go through ztunnel from now on", (_D,))
    WEBHOOK = ("decides which pods are injected from now on", (_D,))
    PLUG_IN_CA = ("proxies get certificates of another CA", (_D,))
    REPLACE_CA = ("deletes the Secret of another type, and creates it again with another CA", (_D, _X))
    EXPOSE = ("opens services of the mesh to other networks", (_W,))
    EXPOSE_INSTEAD = ("serves services of the mesh where something else was served, or nothing", (_D, _W))
    LOOSEN_POLICY = ("admits what was refused", (_W,))
    TAKE_POLICY_OUT = ("admits what was refused, and deletes what refused it", (_W, _X))
    TIGHTEN_POLICY = ("refuses what was admitted", (_D,))
    GRANT = ("gives an account more rights", (_W,))
    TAKE_MUTUAL_TLS = ("accepts mutual TLS as well, and refuses nothing that was admitted", ())
    SHARE_SERVICES = ("istiod restarts, and shares every service with other clusters", (_D, _W))
    OPEN_PORT = ("allows connections that were refused", (_W,))
    INSTALL = ("installs or changes components", (_D, _W))
    DELETE_UNUSED = ("deletes what nothing uses", (_X,))
    DELETE = ("deletes what may be in use", (_X, _D))

    def __init__(self, reason: str, marks: tuple[Mark, ...]) -> None:
        self.reason = reason
        self.marks = frozenset(marks)


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a cluster; `kind` as kubectl takes it, `namespace` empty for what has none."""

    context: str
    kind: str
    name: str
    namespace: str = ""

    @property
    def is_named(self) -> bool:
        """Whether its names are such as Kubernetes accepts; no command is printed of others."""
        return SEGMENT.accepts(self.name) and (not self.namespace or LABEL.accepts(self.namespace))

    @property
    def where(self) -> tuple[str, ...]:
        """Return the flag that names its namespace."""
        return ("-n", self.namespace) if self.namespace else ()


@dataclass(frozen=True, slots=True)
class Step:
    """One command that fixes a part, and why it is needed. Never one that shows or invents a CA key."""

    action: Action
    context: str
    shell: Shell
    why: Message
    target: Object | None = None

    @property
    def is_fit(self) -> bool:
        """Whether it can be pasted: its names are names, and no word holds what a terminal would not show."""
        named = self.target is None or self.target.is_named
        return named and CONTEXT.accepts(self.context) and self.shell.is_printable

    @property
    def marks(self) -> frozenset[Mark]:
        """What it does to the mesh, and whether the operator has to set something."""
        return self.action.marks | ({Mark.INPUT} if self.shell.inputs else set())

    @property
    def command(self) -> str:
        """The command to paste."""
        return self.shell.text()


def pasted(steps: Iterable[Step]) -> str:
    """Return the commands of steps as one block to paste: each runs only where the one before it has succeeded."""
    return block(step.shell for step in steps)


def kubectl(view: View, context: str, *words: Word) -> Shell:
    """Return a kubectl command for one context, with the flags that every command repeats."""
    return shell(*view.settings.prefix("kubectl", context), *words)


def istioctl(view: View, context: str, *words: Word) -> Shell:
    """Return an istioctl command for one context; another system namespace than Istio's own is named."""
    return shell(*view.settings.prefix("istioctl", context), *words)


def patch(view: View, action: Action, target: Object, operations: tuple[Operation, ...], why: Message) -> Step:
    """Change places of one object; the operations test what was read before they change it."""
    return _patched(view, action, target, "json", written(operations), why)


def merge(view: View, action: Action, target: Object, body: Any, why: Message) -> Step:
    """Set fields whose old value is not known, so that it cannot be tested; None takes a field out."""
    return _patched(view, action, target, "merge", written(body), why)


def _patched(view: View, action: Action, target: Object, kind: str, body: Word, why: Message) -> Step:
    words: tuple[Word, ...] = (*target.where, "patch", target.kind, target.name, f"--type={kind}", "-p", body)
    return Step(action, target.context, kubectl(view, target.context, *words), why, target)


def label(view: View, action: Action, target: Object, key: str, new: str | Input, old: str, why: Message) -> Step:
    """Set a label from `old` to `new`; empty means none. It fails where the label has changed meanwhile."""
    return _marked(view, action, target, "label", (key, new, old), why)


def annotate(view: View, action: Action, target: Object, key: str, new: str, old: str, why: Message) -> Step:
    """Set an annotation likewise."""
    return _marked(view, action, target, "annotate", (key, new, old), why)


def _marked(
    view: View, action: Action, target: Object, verb: str, change: tuple[str, str | Input, str], why: Message
) -> Step:
    key, new, old = change
    if old:
        place = pointer("metadata", "labels" if verb == "label" else "annotations", key)
        return patch(view, action, target, replaced(place, old, new or None), why)
    value = f"{key}={new}" if isinstance(new, str) else Joined((f"{key}=", new))
    words: tuple[Word, ...] = (*target.where, verb, target.kind, target.name, value)
    return Step(action, target.context, kubectl(view, target.context, *words), why, target)


def create(view: View, action: Action, context: str, manifest: dict[str, Any], why: Message) -> Step:
    """Create one object; it fails where there is one of that name."""
    return Step(action, context, _from_stdin(view, context, manifest, "create"), why)


def apply(view: View, action: Action, context: str, manifest: dict[str, Any], why: Message) -> Step:
    """Create one object or set the fields of the one that there is."""
    return Step(action, context, _from_stdin(view, context, manifest, "apply"), why)


def _from_stdin(view: View, context: str, manifest: dict[str, Any], verb: str) -> Shell:
    reading = kubectl(view, context, verb, "-f", "-")
    return shell("printf", "%s", written(manifest)).piped(*reading.pipeline[0])


def delete(view: View, action: Action, target: Object, why: Message) -> Step:
    """Delete one object."""
    words = (*target.where, "delete", target.kind, target.name)
    return Step(action, target.context, kubectl(view, target.context, *words), why, target)


def restart(view: View, targets: Sequence[Object], why: Message) -> Step:
    """Restart the pods of workloads of one namespace; each replaces its pods one after the other."""
    words = (*targets[0].where, "rollout", "restart", *map(_slashed, targets))
    return Step(Action.RESTART, targets[0].context, kubectl(view, targets[0].context, *words), why, targets[0])


def wait(view: View, *targets: Object) -> Step:
    """Wait until workloads of one namespace have rolled out; kubectl takes several since 1.26 (rollout_status.go)."""
    words = (*targets[0].where, "rollout", "status", *map(_slashed, targets), "--timeout=180s")
    why = say("waits until {names:it is|they are} ready", names=tuple(map(_slashed, targets)))
    return Step(Action.WAIT, targets[0].context, kubectl(view, targets[0].context, *words), why, targets[0])


def _slashed(target: Object) -> str:
    return f"{target.kind}/{target.name}"


def scale_up(view: View, target: Object, replicas: int, why: Message) -> Step:
    """Start pods of a workload that has none."""
    words = (*target.where, "scale", f"{target.kind}/{target.name}", "--current-replicas=0", f"--replicas={replicas}")
    return Step(Action.SCALE_UP, target.context, kubectl(view, target.context, *words), why, target)


def show(view: View, target: Object, *words: Word) -> Shell:
    """Return the command that shows one object."""
    return kubectl(view, target.context, *target.where, "get", target.kind, target.name, *words)


def look(context: str, command: Shell, why: Message) -> Step:
    """Return a step that only shows something."""
    return Step(Action.SHOW, context, command, why)

"""What a fault is: the records that the YAML files are read into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.artifacts.versions import version_named
from lab.shape import SERVICE, Shape
from lab.shapes import PLAIN, shape_named

MISSING = "missing"
"""The code of a fault that no check can name yet."""


@dataclass(frozen=True, slots=True)
class Calls:
    """An effect on requests: from this cluster they get exactly these `answers`, or none of what they `lack`.

    An answer is a version, such as `v2`, or `failed`.
    """

    cluster: str
    answers: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    service: str = SERVICE
    namespace: str = "sample"
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class Shows:
    """An effect on what a command says: its output, both streams, `matches` a pattern, or does not hold it."""

    command: str
    matches: str = ""
    lacks: str = ""
    within: float = 30.0


Effect = Calls | Shows


@dataclass(frozen=True, slots=True)
class Truth:
    """What a right diagnosis says: a root cause (`fail`, `warn`) with the pairs it breaks, or a `note`."""

    code: str
    status: str
    pairs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, or something that only looks like one.

    `apply`, `undo`, `by_hand`, and the values of `inputs` are bash, run where a user would be.
    `inputs`: for each variable of a step that needs input, a command that prints its value, run before the fault.
    `leaves`: differences, as glob patterns of how they are told, that the mending must leave.
    `by_hand`: what only somebody outside the clusters can mend, such as a firewall's rule.
    `restart`: what has to be restarted once the objects are back: `mesh`, or CLUSTER/NAMESPACE/DEPLOYMENT.
    `traffic`: whether requests go on while the diagnosis is made, as connections that fail show in those alone.
    `probe`: whether mcdiag may send requests of its own.
    `without`: tools that are not there while the diagnosis is made.
    `since`, `until`: the versions of Istio that can have it, where not all can.
    `bites`: its observed effects, all of which must be seen.
    `truths`: empty where nothing at all is to be said.
    """

    name: str
    family: str
    rows: tuple[str, ...]
    about: str
    apply: str
    bites: tuple[Effect, ...]
    truths: tuple[Truth, ...]
    shape_name: str = PLAIN.name
    undo: str = ""
    by_hand: str = ""
    inputs: Mapping[str, str] | None = None
    leaves: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    traffic: bool = False
    probe: bool = False
    without: tuple[str, ...] = ()
    ci: bool = False
    since: str = ""
    until: str = ""

    def impossible_on(self, versions: Iterable[str]) -> str:
        """Return why a mesh with these versions of Istio cannot have the fault; nothing where it can."""
        for version in map(version_named, versions):
            if self.since and version.rank < version_named(self.since).rank:
                return f"needs Istio {self.since}"
            if self.until and version.rank > version_named(self.until).rank:
                return f"is not possible after Istio {self.until}"
        return ""

    @property
    def shape(self) -> Shape:
        """The mesh it is put into."""
        return shape_named(self.shape_name)

    @property
    def causes(self) -> tuple[Truth, ...]:
        """The root causes that a right diagnosis names; none where the mesh is healthy."""
        return tuple(truth for truth in self.truths if truth.status != "note")

    @property
    def notes(self) -> tuple[Truth, ...]:
        """What a right diagnosis notes as by design."""
        return tuple(truth for truth in self.truths if truth.status == "note")

    @property
    def is_healthy(self) -> bool:
        """Whether it only looks like a fault."""
        return not self.causes

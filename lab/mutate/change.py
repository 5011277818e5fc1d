"""What a mutation is made of: objects written or deleted, rules on a node, restarts."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from lab.artifacts.versions import version_named
from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.manifests import Manifest
from lab.objects import FIELD_MANAGER, storable
from lab.processes import LabError, together
from lab.restarts import restart, rolled_out
from lab.rules import drop, refuse

ROLLOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Put:
    """An object as it shall be; `exists` says whether it replaces one."""

    cluster: Cluster
    manifest: Manifest
    exists: bool = False

    @property
    def place(self) -> str:
        """What tells its object from all others."""
        metadata = self.manifest["metadata"]
        return f"{self.cluster.name}: {self.manifest['kind']} {metadata.get('namespace', '')}/{metadata['name']}"

    def apply(self) -> None:
        """Write it; the API server may refuse it, which raises."""
        text = version_named(self.cluster.istio).spoken(json.dumps(storable(self.manifest)))
        kubectl(self.cluster, "replace" if self.exists else "create", FIELD_MANAGER, "-f", "-", stdin=text)


@dataclass(frozen=True, slots=True)
class Delete:
    """An object that shall be gone."""

    cluster: Cluster
    manifest: Manifest

    @property
    def place(self) -> str:
        """What tells its object from all others."""
        return Put(self.cluster, self.manifest).place

    def apply(self) -> None:
        """Delete it."""
        kubectl(self.cluster, "delete", "--wait=false", "-f", "-", stdin=json.dumps(storable(self.manifest)))


@dataclass(frozen=True, slots=True)
class Rule:
    """Packets that a node shall lose, or answer with a reset."""

    cluster: Cluster
    match: str
    refused: bool = False

    @property
    def place(self) -> str:
        """All rules of a node are one place: setting them again replaces them."""
        return f"{self.cluster.name}: rules"

    def apply(self) -> None:
        """Set the rule."""
        (refuse if self.refused else drop)(self.cluster, self.match)


@dataclass(frozen=True, slots=True)
class Restart:
    """A Deployment whose pods shall be new."""

    cluster: Cluster
    namespace: str
    deployment: str

    @property
    def place(self) -> str:
        """What is restarted."""
        return f"{self.cluster.name}: restart {self.namespace}/{self.deployment}"

    def apply(self) -> None:
        """Restart it and wait until it is ready."""
        restart(self.cluster, self.namespace, self.deployment)


@dataclass(frozen=True, slots=True)
class Rollout:
    """A Deployment whose template has changed: its pods become new by themselves, if they can."""

    cluster: Cluster
    namespace: str
    deployment: str

    def apply(self) -> None:
        """Wait until they are; pods that never become ready are not waited for long."""
        with suppress(LabError):
            rolled_out(self.cluster, self.namespace, self.deployment, ROLLOUT_SECONDS)


Change = Put | Delete | Rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What a diagnosis should name: the object that was changed.

    `aliases`: words that name it as well, each a group that has to be there together.
    """

    cluster: str
    kind: str
    namespace: str
    name: str
    aliases: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        return f"{self.cluster}: {self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to a mesh. `subjects`: the objects that were changed; naming one of them is enough.

    `inside`: whether somebody in the clusters can take it back.
    """

    family: str
    about: str
    subjects: tuple[Subject, ...]
    changes: tuple[Change, ...]
    restarts: tuple[tuple[Restart | Rollout, ...], ...] = ()
    inside: bool = True

    def describe(self) -> str:
        """Return it as one line."""
        return f"{self.family}: {self.about}"

    def apply(self) -> None:
        """Make the changes, and then the restarts, layer by layer."""
        for change in self.changes:
            change.apply()
        restart_layers(self.restarts)


def restart_layers(layers: Iterable[Iterable[Restart | Rollout]]) -> None:
    """Restart what is in each layer at once, one layer after the other."""
    for layer in layers:
        together(lambda one: one.apply(), layer)

"""What the families draw with: services, clusters, names, and mutations of one or more objects."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest
from lab.mesh.workloads import SAMPLE
from lab.mutate.change import Change, Mutation, Put, Restart, Rollout, Subject
from lab.mutate.ground import Edit, Found, Ground
from lab.mutate.shop import SHOP
from lab.shape import SERVICE

DOMAIN = "svc.cluster.local"
TEAMS = ("amber", "birch", "cedar", "delta", "ember", "fjord")
NETWORKING, SECURITY = "networking.istio.io/v1", "security.istio.io/v1"


@dataclass(frozen=True, slots=True)
class Called:
    """A service that the requests go to."""

    name: str
    namespace: str
    app: str
    port: int

    @property
    def host(self) -> str:
        """Its full name."""
        return f"{self.name}.{self.namespace}.{DOMAIN}"

    @property
    def is_http(self) -> bool:
        """Whether the mesh knows it to speak HTTP."""
        return self.app != "ledger"


def called(chance: Random, ground: Ground) -> Called:
    """Draw a service that the requests go to."""
    return chance.choice(services(ground))


def called_http(chance: Random, ground: Ground) -> Called:
    """Draw one that speaks HTTP."""
    return chance.choice([one for one in services(ground) if one.is_http])


def services(ground: Ground) -> list[Called]:
    """Return the services that the requests go to."""
    numbers = [cluster.number for cluster in ground.shape.clusters]
    own = [Called(f"{app}-{n}", SHOP, app, port) for n in numbers for app, port in (("stock", 5000), ("ledger", 6000))]
    return [Called(SERVICE, SAMPLE, SERVICE, 5000), *own]


def some(chance: Random, clusters: Iterable[Cluster]) -> tuple[Cluster, ...]:
    """Draw one of the clusters, or now and then all of them."""
    every = tuple(clusters)
    return every if chance.random() < 0.25 else (chance.choice(every),)


def name(chance: Random, what: str) -> str:
    """Draw a name for a new object."""
    return f"{chance.choice(TEAMS)}-{what}"


def place(clusters: Iterable[Cluster]) -> str:
    """Return where something is done, for a sentence."""
    return ", ".join(cluster.name for cluster in clusters)


def new(api: str, kind: str, namespace: str, named: str, spec: dict[str, Any]) -> Manifest:
    """Return a new object."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": named, "namespace": namespace}, "spec": spec}


def created(family: str, about: str, clusters: Iterable[Cluster], *manifests: Manifest) -> Mutation:
    """Return the mutation that creates objects in some clusters."""
    puts = tuple(Put(cluster, manifest) for cluster in clusters for manifest in manifests)
    return Mutation(family, f"{place(clusters)}: {about}", tuple(_subject(put) for put in puts), puts)


def edited(family: str, about: str, found: Iterable[Found], edit: Edit, *restarts: Restart) -> Mutation:
    """Return the mutation that edits objects, and restarts what reads them only when it starts."""
    every = tuple(found)
    where = place(one.cluster for one in every)
    changes: tuple[Change, ...] = tuple(one.edited(edit) for one in every)
    subjects = tuple(one.subject() for one in every)
    return Mutation(family, f"{where}: {about}", subjects, changes, (restarts,) if restarts else ())


def rolled(made: Mutation) -> Mutation:
    """Return a mutation of Deployments that waits until their pods are new."""
    puts = [change for change in made.changes if isinstance(change, Put)]
    places = [(put.cluster, put.manifest["metadata"]) for put in puts]
    layer = tuple(Rollout(cluster, meta["namespace"], meta["name"]) for cluster, meta in places)
    return replace(made, restarts=(*made.restarts, layer))


def deleted(family: str, found: Iterable[Found]) -> Mutation:
    """Return the mutation that deletes objects."""
    every = tuple(found)
    about = f"delete {every[0].manifest['kind']} {every[0].namespace}/{every[0].name}"
    changes: tuple[Change, ...] = tuple(one.deleted() for one in every)
    return Mutation(family, f"{place(o.cluster for o in every)}: {about}", tuple(o.subject() for o in every), changes)


def _subject(put: Put) -> Subject:
    return Found(put.cluster, put.manifest).subject()


def held(ground: Ground, clusters: Iterable[Cluster], kind: str, namespace: str, named: str) -> list[Found]:
    """Return the objects of one name in some clusters, where they are."""
    wanted = {(cluster.name, namespace, named) for cluster in clusters}
    return [one for one in ground.of(kind) if (one.cluster.name, one.namespace, one.name) in wanted]

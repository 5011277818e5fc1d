"""The healthy mesh that mutations are drawn for: its objects, and how to find them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lab.clusters.cluster import Cluster
from lab.mesh.gateways import gateway_deployment
from lab.mesh.manifests import Manifest
from lab.mesh.workloads import SAMPLE, deployments
from lab.mutate.change import Delete, Put, Restart, Subject
from lab.mutate.shop import SHOP, pods
from lab.objects import Snapshot, snapshot, storable
from lab.shape import Shape

Edit = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a cluster, as it is while all is well."""

    cluster: Cluster
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.manifest["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace; none for an object of the whole cluster."""
        return str(self.manifest["metadata"].get("namespace", ""))

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return dict(self.manifest["metadata"].get("labels", {}))

    @property
    def spec(self) -> dict[str, Any]:
        """What is wanted of it."""
        return dict(self.manifest.get("spec", {}))

    def edited(self, edit: Edit) -> Put:
        """Return the change that replaces it by an edited copy."""
        copy: dict[str, Any] = json.loads(json.dumps(storable(self.manifest)))
        edit(copy)
        return Put(self.cluster, copy, exists=True)

    def deleted(self) -> Delete:
        """Return the change that deletes it."""
        return Delete(self.cluster, self.manifest)

    def subject(self, *aliases: tuple[str, ...]) -> Subject:
        """Return what a diagnosis should name where this object was changed."""
        return Subject(self.cluster.name, str(self.manifest["kind"]), self.namespace, self.name, aliases)


@dataclass(frozen=True, slots=True)
class Ground:
    """The healthy mesh: its shape, and all its objects."""

    shape: Shape
    objects: Snapshot

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces whose objects are changed."""
        return (SAMPLE, SHOP, self.shape.istio_namespace)

    def of(self, kind: str, namespaces: Iterable[str] = ()) -> list[Found]:
        """Return the mesh's objects of a kind, in an order that is always the same."""
        by_name = {cluster.name: cluster for cluster in self.shape.clusters}
        wanted = {*(namespaces or self.namespaces), *(() if namespaces else ("",))}
        return [
            Found(by_name[key[0]], item)
            for key, item in sorted(self.objects.objects.items())
            if key[1] == kind and key[2] in wanted
        ]

    def one(self, cluster: Cluster, kind: str, namespace: str, name: str) -> Found:
        """Return one object; raise `KeyError` where there is none."""
        return Found(cluster, self.objects.objects[cluster.name, kind, namespace, name])

    def found(self, cluster: Cluster, manifest: Manifest) -> Found:
        """Return the object that a manifest is a copy of, as it is while all is well."""
        metadata = manifest["metadata"]
        return self.one(cluster, manifest["kind"], metadata.get("namespace", ""), metadata["name"])

    def gateway(self, cluster: Cluster, kind: str) -> Found:
        """Return the east-west gateway's Deployment or Service of a cluster that has one."""
        return self.one(cluster, kind, self.shape.istio_namespace, gateway_deployment(self.shape))

    def workloads(self, cluster: Cluster) -> tuple[Restart, ...]:
        """Return the Deployments with sidecars of a cluster."""
        own = [(SAMPLE, name) for namespace, name in deployments(cluster) if namespace == SAMPLE]
        own += [(namespace, name) for _, namespace, name in pods(cluster)]
        return tuple(Restart(cluster, namespace, name) for namespace, name in own)

    def everything(self, cluster: Cluster) -> tuple[tuple[Restart, ...], ...]:
        """Return all that holds a certificate in a cluster: istiod, then its gateway, then its workloads."""
        system, shape = self.shape.istio_namespace, self.shape
        istiods = (Restart(cluster, system, shape.istiod),) if cluster in shape.primary_clusters else ()
        has_gateway = cluster in shape.gateway_clusters()
        gateways = (Restart(cluster, system, gateway_deployment(shape)),) if has_gateway else ()
        return (istiods, gateways, self.workloads(cluster))


def survey(shape: Shape) -> Ground:
    """Return the ground that the running mesh is."""
    return Ground(shape, snapshot(shape))

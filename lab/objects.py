"""All objects of all clusters at one moment: what differs from another moment, and how to go back to it.

Left out is what Kubernetes and istiod derive from other objects and keep current by themselves: pods and
what else has an owner, endpoints, events, leases, the copies of root certificates.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl, try_kubectl
from lab.mesh.manifests import Manifest
from lab.processes import together
from lab.shape import Shape

DERIVED_KINDS = frozenset(
    {
        "apiservices.apiregistration.k8s.io", "certificatesigningrequests.certificates.k8s.io",
        "controllerrevisions.apps", "csinodes.storage.k8s.io", "endpoints", "events", "events.events.k8s.io",
        "ipaddresses.networking.k8s.io", "leases.coordination.k8s.io", "nodes", "pods", "replicasets.apps",
        "servicecidrs.networking.k8s.io",
    }
)  # fmt: skip
DERIVED_NAMES = frozenset({"istio-ca-root-cert", "kube-root-ca.crt"})
BOOKKEEPING = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
BOOKKEEPING_ANNOTATIONS = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
)
DEALT_OUT = ("clusterIP", "clusterIPs", "healthCheckNodePort")
LEASE_ANNOTATION = "control-plane.alpha.kubernetes.io/leader"
FIRST_KINDS = ("CustomResourceDefinition", "Namespace", "ServiceAccount", "Secret", "ConfigMap")
FIELD_MANAGER = "--field-manager=mcdiag-lab"

Key = tuple[str, str, str, str]
"""Cluster, kind, namespace, name."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The objects of all clusters."""

    objects: Mapping[Key, Manifest]


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not as it was; `before` or `now` is None where there was or is none."""

    cluster: Cluster
    before: Manifest | None
    now: Manifest | None

    def __str__(self) -> str:
        either = self.before or self.now or {}
        metadata = either["metadata"]
        change = "created" if self.before is None else "deleted" if self.now is None else "changed"
        name = f"{metadata.get('namespace', '')}/{metadata['name']}"
        return f"{self.cluster.name}: {either['kind']} {name} {change}"


def snapshot(shape: Shape) -> Snapshot:
    """Return all objects of the shape's clusters as they are now."""
    return Snapshot({key: item for found in together(_objects, shape.clusters) for key, item in found.items()})


def differences(shape: Shape, before: Snapshot, now: Snapshot) -> tuple[Difference, ...]:
    """Return what has changed between two moments, but for what derives from other objects."""
    by_name = {cluster.name: cluster for cluster in shape.clusters}
    return tuple(
        Difference(by_name[key[0]], before.objects.get(key), now.objects.get(key))
        for key in sorted({*before.objects, *now.objects})
        if _essence(before.objects.get(key)) != _essence(now.objects.get(key))
    )


def restore(shape: Shape, before: Snapshot) -> tuple[Difference, ...]:
    """Put every object back as it was; return what had to be put back.

    A service account comes back as another account: what was signed for the old one has to be made anew.
    """
    found = differences(shape, before, snapshot(shape))
    for cluster in shape.clusters:
        _restore(cluster, [item for item in found if item.cluster == cluster])
    return found


def _restore(cluster: Cluster, found: Iterable[Difference]) -> None:
    for item in found:
        if item.now and not item.before:
            kubectl(cluster, "delete", "-f", "-", "--ignore-not-found", stdin=json.dumps(item.now))
    for item in sorted(found, key=_rank):
        if item.before:
            put_back(cluster, item.before, exists=item.now is not None)


def put_back(cluster: Cluster, before: Manifest, exists: bool) -> None:
    """Write an object as it was, with what the cloud said of it."""
    _write(cluster, before, exists)
    _restore_status(cluster, before)


def _write(cluster: Cluster, before: Manifest, exists: bool) -> None:
    """Write an object; one with a changed field that cannot be changed back is made anew."""
    text = json.dumps(storable(before))
    if exists and not try_kubectl(cluster, "replace", FIELD_MANAGER, "-f", "-", stdin=text).exit_code:
        return
    kubectl(cluster, "delete", "-f", "-", "--ignore-not-found", stdin=text)
    kubectl(cluster, "create", FIELD_MANAGER, "-f", "-", stdin=text)


def _restore_status(cluster: Cluster, before: Manifest) -> None:
    """Put a load balancer's address back, in case the cloud took it or somebody set another."""
    if before["kind"] == "Service":
        named = ("-n", before["metadata"]["namespace"], "service", before["metadata"]["name"])
        patch = json.dumps({"status": {"loadBalancer": before["status"]["loadBalancer"] or None}})
        kubectl(cluster, "patch", *named, "--subresource=status", "--type=merge", f"--patch={patch}")


def _objects(cluster: Cluster) -> dict[Key, Manifest]:
    kinds = ",".join(kind for kind in _kinds(cluster) if kind not in DERIVED_KINDS)
    listed = json.loads(kubectl(cluster, "get", kinds, "--all-namespaces", "-o", "json"))
    return {_key(cluster, item): item for item in listed["items"] if not _is_derived(item)}


def _kinds(cluster: Cluster) -> list[str]:
    return kubectl(cluster, "api-resources", "--verbs=list,create,delete", "-o", "name").split()


def _key(cluster: Cluster, item: Manifest) -> Key:
    metadata = item["metadata"]
    return (cluster.name, item["kind"], metadata.get("namespace", ""), metadata["name"])


def _is_derived(item: Manifest) -> bool:
    metadata = item["metadata"]
    managed = metadata.get("labels", {}).get("endpointslice.kubernetes.io/managed-by", "")
    is_lease = LEASE_ANNOTATION in metadata.get("annotations", {})
    return metadata["name"] in DERIVED_NAMES or "ownerReferences" in metadata or managed.endswith("k8s.io") or is_lease


def _essence(item: Manifest | None) -> Manifest | None:
    """Return what makes two copies of an object the same: what is wanted, and a load balancer's address."""
    if item is None:
        return None
    essence = storable(item)
    for metadata in (essence["metadata"], essence.get("spec", {}).get("template", {}).get("metadata", {})):
        annotations = metadata.pop("annotations", {})
        metadata["annotations"] = {k: v for k, v in annotations.items() if k not in BOOKKEEPING_ANNOTATIONS}
    if item["kind"] == "Service":
        essence["status"] = item.get("status", {}).get("loadBalancer")
        essence["spec"] = _chosen_by_hand(essence["spec"])
    return essence


def _chosen_by_hand(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a Service's spec without the numbers that its API server dealt out."""
    ports = [{name: value for name, value in port.items() if name != "nodePort"} for port in spec.get("ports", ())]
    headless = spec.get("clusterIP") == "None"
    return {**{name: value for name, value in spec.items() if name not in DEALT_OUT}, "ports": ports, "_": headless}


def storable(item: Manifest) -> Manifest:
    """Return an object without what its API server adds, in copies that may be changed."""
    copied: dict[str, Any] = json.loads(json.dumps(item))
    copied.pop("status", None)
    for name in BOOKKEEPING:
        copied["metadata"].pop(name, None)
    return copied


def _rank(item: Difference) -> int:
    kind = (item.before or {}).get("kind", "")
    return FIRST_KINDS.index(kind) if kind in FIRST_KINDS else len(FIRST_KINDS)

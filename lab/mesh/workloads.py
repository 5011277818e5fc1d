"""The sample application and its clients, as Istio's guides verify a mesh with them."""

from lab.artifacts.images import CURL, HELLOWORLD
from lab.clusters.cluster import Cluster
from lab.mesh.extras import extra_objects, injection_label
from lab.mesh.manifests import Manifest, manifests
from lab.mesh.noise import noise_objects
from lab.shape import CANARY, Locality, Shape, version

SAMPLE = "sample"
UNINJECTED = "uninjected-sample"
WORKLOADS = ("Deployment", "StatefulSet")
UNREADY = "mcdiag-lab/unready"
"""The annotation of a workload that is meant never to become ready."""


def workload_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return the application and the clients of one cluster."""
    return [
        *_sample(shape, cluster),
        *manifests("client", namespace=SAMPLE, curl=CURL),
        *manifests("uninjected-namespace"),
        *manifests("client", namespace=UNINJECTED, curl=CURL),
        *_locality_objects(shape, cluster),
        *extra_objects(shape, cluster),
        *noise_objects(shape, cluster, _injection(shape, cluster)),
    ]


def _sample(shape: Shape, cluster: Cluster) -> list[Manifest]:
    objects = manifests("sample", injection=_injection(shape, cluster), version=version(cluster), helloworld=HELLOWORLD)
    for item in objects:
        if item["kind"] == "Deployment" and cluster.number in shape.passive:
            item["spec"]["replicas"] = 0
    return objects


def _injection(shape: Shape, cluster: Cluster) -> str:
    """Return the label that asks for sidecars: the clusters after the first have gone over to the canary."""
    return f"istio.io/rev: {CANARY}" if shape.canary and cluster != shape.clusters[0] else injection_label(shape)


def deployments(cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return namespace and name of the Deployments of one cluster."""
    return ((SAMPLE, f"helloworld-{version(cluster)}"), (SAMPLE, "curl"), (UNINJECTED, "curl"))


def workloads(shape: Shape, cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return namespace and KIND/NAME of all workloads of one cluster that become ready."""
    return tuple(
        (item["metadata"]["namespace"], f"{item['kind'].lower()}/{item['metadata']['name']}")
        for item in workload_objects(shape, cluster)
        if item["kind"] in WORKLOADS and UNREADY not in item["metadata"].get("annotations", {})
    )


def _locality_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    if shape.locality is Locality.NONE:
        return []
    rules = manifests("nearest") if shape.locality is Locality.NEAREST else []
    # A remote cluster's configuration is read from its primary.
    return [*manifests("neighbour"), *(rules if cluster in shape.primary_clusters else [])]

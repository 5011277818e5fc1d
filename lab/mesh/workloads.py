"""The sample application and its clients, as Istio's guides verify a mesh with them."""

from lab.artifacts.images import CURL, HELLOWORLD
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest, manifests
from lab.shapes import Locality, Shape, version

SAMPLE = "sample"
UNINJECTED = "uninjected-sample"


def workload_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return the application and the clients of one cluster."""
    injection = f"istio.io/rev: {shape.tag}" if shape.tag else "istio-injection: enabled"
    return [
        *manifests("sample", injection=injection, version=version(cluster), helloworld=HELLOWORLD),
        *manifests("client", namespace=SAMPLE, curl=CURL),
        *manifests("uninjected-namespace"),
        *manifests("client", namespace=UNINJECTED, curl=CURL),
        *_locality_objects(shape, cluster),
    ]


def deployments(cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return namespace and name of the Deployments of one cluster."""
    return ((SAMPLE, f"helloworld-{version(cluster)}"), (SAMPLE, "curl"), (UNINJECTED, "curl"))


def _locality_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    if shape.locality is Locality.NONE:
        return []
    rules = manifests("nearest") if shape.locality is Locality.NEAREST else []
    # A remote cluster's configuration is read from its primary.
    return [*manifests("neighbour"), *(rules if cluster in shape.primary_clusters else [])]

"""What is applied beside the plainest mesh, as a shape asks for it."""

from lab.artifacts.images import CURL, HELLOWORLD
from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.manifests import Manifest, manifests
from lab.shape import Extra, Shape, version

CONFIGURATION = ("networking.istio.io/", "security.istio.io/", "telemetry.istio.io/")
MACHINE = "virtual-machine"


def extra_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return the extras of a cluster; a remote cluster's configuration is read from its primary."""
    found = [item for extra in shape.extras_of(cluster) for item in _objects(shape, cluster, extra)]
    if cluster in shape.primary_clusters:
        return found
    return [item for item in found if not item["apiVersion"].startswith(CONFIGURATION)]


def late_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return what only running workloads tell: the WorkloadEntry of each pod that stands for a VM."""
    if not any(extra.manifest == MACHINE for extra in shape.extras_of(cluster)):
        return []
    named = ("-n", "sample", "get", "pods", "-l", f"app={MACHINE}", "-o", "jsonpath={.items[0].status.podIP}")
    return manifests("workload-entry", address=kubectl(cluster, *named), network=shape.network(cluster))


def injection_label(shape: Shape) -> str:
    """Return the label that asks for sidecars in a namespace, as YAML."""
    return f"istio.io/rev: {shape.tag}" if shape.tag else "istio-injection: enabled"


def _objects(shape: Shape, cluster: Cluster, extra: Extra) -> list[Manifest]:
    return manifests(
        extra.manifest,
        istio_namespace=shape.istio_namespace,
        injection=injection_label(shape),
        domain=shape.domain,
        cluster=cluster.name,
        version=version(cluster),
        helloworld=HELLOWORLD,
        curl=CURL,
    )

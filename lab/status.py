"""The lab in one screen."""

from lab.clusters.cluster import Cluster
from lab.clusters.tools import istioctl, kubectl
from lab.processes import together
from lab.shape import Shape


def status(shape: Shape) -> str:
    """Return the shape, the pods of each cluster, and for each istiod the clusters it reads."""
    clusters = together(lambda cluster: _cluster(shape, cluster), shape.clusters)
    return "\n\n".join((f"{shape.name}: {shape.about}", *clusters))


def _cluster(shape: Shape, cluster: Cluster) -> str:
    parts = [f"{cluster.name} ({cluster.address}, {shape.network(cluster)})"]
    parts.append(kubectl(cluster, "get", "pods", "--all-namespaces", "-o", "wide"))
    if cluster in shape.primary_clusters:
        parts.append(istioctl(cluster, "remote-clusters", f"--istioNamespace={shape.istio_namespace}"))
    return "\n".join(part.rstrip() for part in parts)

"""What the requests of a mutation are sent to, beside helloworld: services that live in one cluster each."""

from lab.artifacts.images import HELLOWORLD
from lab.clusters.cluster import Cluster
from lab.mesh.install import apply
from lab.mesh.manifests import Manifest, manifests
from lab.processes import together
from lab.restarts import rolled_out
from lab.shape import Shape

SHOP = "shop"


def open_shop(shape: Shape) -> None:
    """Put the shop into every cluster of the running mesh; back when its pods are ready."""
    together(lambda cluster: apply(cluster, objects(shape, cluster)), shape.clusters)
    together(lambda place: rolled_out(*place), [place for cluster in shape.clusters for place in pods(cluster)])


def objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return the shop's objects of one cluster; configuration is read from the clusters with an istiod."""
    injection = f"istio.io/rev: {shape.tag}" if shape.tag else "istio-injection: enabled"
    numbers = [str(each.number) for each in shape.clusters]
    found = manifests("shop-namespace", injection=injection)
    for number in numbers:
        found += manifests("shop", number=number)
    found += manifests("shop-pods", number=str(cluster.number), helloworld=HELLOWORLD)
    if cluster in shape.primary_clusters:
        found += manifests("shop-mesh")
        for number in numbers:
            found += manifests("shop-rules", number=number)
    return found


def pods(cluster: Cluster) -> tuple[tuple[Cluster, str, str], ...]:
    """Return where the cluster's Deployments of the shop are."""
    return tuple((cluster, SHOP, f"{name}-{cluster.number}") for name in ("stock", "ledger"))

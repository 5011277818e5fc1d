"""What a mesh in use has beside what is looked at: services, platforms without sidecars, leftovers. All is well.

Few pods stand behind many Services. What never becomes ready says so by an annotation, and nobody calls it.
"""

from lab.artifacts.images import CURL, HELLOWORLD
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest, manifests
from lab.shape import Shape

SERVICES = {
    "store": ("cart", "catalog", "checkout", "pricing", "reviews", "search"),
    "bank": ("accounts", "fraud", "ledger", "statements", "transfers"),
    "media": ("feed", "playlists", "upload"),
    "monitoring": ("alertmanager", "grafana", "prometheus", "pushgateway"),
    "cert-manager": ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook"),
    "logging": ("loki", "loki-gateway", "tempo"),
    "build": ("runner", "registry"),
    "legacy": ("reports", "inventory"),
}
MESH = ("store", "bank", "media")
ASLEEP = "media"
"""The namespace whose pods run in the first cluster alone."""


def noise_objects(shape: Shape, cluster: Cluster, injection: str) -> list[Manifest]:
    """Return the noise of one cluster; a remote cluster's configuration is read from its primary."""
    if not shape.noise:
        return []
    values = {"cluster": cluster.name, "helloworld": HELLOWORLD, "curl": CURL, "domain": shape.domain}
    found = [item for name in SERVICES for item in _namespace(name, injection if name in MESH else "")]
    found += manifests("noise-workloads", **values)
    if cluster in shape.primary_clusters:
        found += manifests("noise-rules", **values)
    if cluster == shape.clusters[0]:
        return [*found, *manifests("noise-here", **values)]
    return list(map(_asleep, found))


def _namespace(name: str, injection: str) -> list[Manifest]:
    labels = dict([injection.split(": ")]) if injection else {}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    return [space, *(_service(name, service) for service in SERVICES[name])]


def _service(namespace: str, name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "selector": {"part-of": namespace},
            "ports": [{"name": "http", "port": 80, "targetPort": 5000}],
        },
    }


def _asleep(item: Manifest) -> Manifest:
    """Return a workload scaled to 0 where the other clusters serve for this one."""
    if item["kind"] == "Deployment" and item["metadata"]["namespace"] == ASLEEP:
        item["spec"]["replicas"] = 0
    return item

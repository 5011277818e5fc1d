"""The shapes of mesh that the lab can take, each one record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from lab.artifacts.versions import NEWEST, oldest, version_named
from lab.clusters.cluster import Cluster
from lab.processes import LabError

SERVICE = "helloworld"
NEIGHBOUR = "helloworld-anywhere"


class GatewayKind(Enum):
    """How the east-west gateway is made and reached."""

    ADDRESS = "a load balancer with an address"
    HOST_NAME = "a load balancer with a host name"
    EXTERNAL_IPS = "externalIPs of its Service"
    GATEWAY_API = "a Gateway of the Kubernetes Gateway API"


class Locality(Enum):
    """Why calls to helloworld stay in the caller's cluster on purpose."""

    NONE = "they do not"
    NEAREST = "a DestinationRule turns locality load balancing on"
    CLUSTER_LOCAL = "mesh configuration declares the service clusterLocal"


@dataclass(frozen=True, slots=True)
class Shape:
    """One mesh: how many clusters, how they are joined, and what differs from the plainest installation.

    `joined`: the first so many clusters share network1, where pods reach each other.
    `primaries`: the first so many clusters run istiod, the others are served by cluster1.
    `roots`: that many root certificates are trusted; the clusters' CAs are signed by them in turn.
    `istio`: the clusters' versions of Istio in their order, the last one for all others too; `canary`: that of a
    second istiod in each cluster; `chosen_istioctl`: the user's, where it is not the newest of the mesh.
    """

    name: str
    about: str
    size: int = 2
    joined: int = 1
    primaries: int = 2
    native_sidecars: bool = True
    istiods: int = 1
    revision: str = ""
    tag: str = ""
    istio_namespace: str = "istio-system"
    roots: int = 1
    gateway: GatewayKind = GatewayKind.ADDRESS
    locality: Locality = Locality.NONE
    istio: tuple[str, ...] = (NEWEST,)
    canary: str = ""
    chosen_istioctl: str = ""

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """All clusters, primaries first."""
        return tuple(self._cluster(number) for number in range(1, self.size + 1))

    def _cluster(self, number: int) -> Cluster:
        return Cluster(number, self.istio[min(number, len(self.istio)) - 1], self.canary)

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions of Istio that it needs."""
        running = (version for cluster in self.clusters for version in cluster.versions)
        return tuple(dict.fromkeys((*running, self.istioctl)))

    @property
    def istioctl(self) -> str:
        """The version of the user's istioctl."""
        newest = max((*self.istio, self.canary or self.istio[0]), key=lambda name: version_named(name).rank)
        return self.chosen_istioctl or newest

    def spoken(self, text: str) -> str:
        """Return a text whose objects name the API versions that all clusters serve."""
        return oldest(cluster.istio for cluster in self.clusters).spoken(text)

    @property
    def primary_clusters(self) -> tuple[Cluster, ...]:
        """The clusters that run istiod."""
        return self.clusters[: self.primaries]

    @property
    def remote_clusters(self) -> tuple[Cluster, ...]:
        """The clusters that the first primary serves."""
        return self.clusters[self.primaries :]

    @property
    def joined_clusters(self) -> tuple[Cluster, ...]:
        """The clusters on network1."""
        return self.clusters[: self.joined]

    @property
    def is_flat(self) -> bool:
        """Whether there is one network only."""
        return self.joined == self.size

    @property
    def istiod(self) -> str:
        """The name of istiod's Deployment and Service."""
        return f"istiod-{self.revision}" if self.revision else "istiod"

    def network(self, cluster: Cluster) -> str:
        """Return the network the cluster is on."""
        return f"network{1 if cluster in self.joined_clusters else cluster.number}"

    def gateway_clusters(self) -> tuple[Cluster, ...]:
        """Return the clusters with an east-west gateway: one a network, and one before a shared istiod."""
        if self.is_flat:
            return self.clusters[:1] if self.remote_clusters else ()
        return (self.clusters[0], *self.clusters[self.joined :])

    def expected(self, caller: Cluster) -> Mapping[str, frozenset[str]]:
        """Return, for each service, the versions that answer a caller in this cluster when all is well."""
        everywhere = frozenset(version(cluster) for cluster in self.clusters)
        if self.locality is Locality.NONE:
            return {SERVICE: everywhere}
        return {SERVICE: frozenset((version(caller),)), NEIGHBOUR: everywhere}


def version(cluster: Cluster) -> str:
    """Return the version of helloworld that runs in this cluster."""
    return f"v{cluster.number}"


PLAIN = Shape("multi-primary-multi-network", "two primaries, each on its own network: what most people run")
FLAT = replace(PLAIN, name="multi-primary-one-network", about="two primaries, pods reach each other", joined=2)

SHAPES: tuple[Shape, ...] = (
    PLAIN,
    replace(PLAIN, name="three-clusters", about="three primaries on three networks", size=3, primaries=3),
    FLAT,
    replace(
        PLAIN,
        name="three-clusters-two-networks",
        about="cluster1 and cluster2 share a network and its gateway, cluster3 is on another",
        size=3,
        primaries=3,
        joined=2,
    ),
    replace(
        PLAIN,
        name="two-primaries-one-remote",
        about="three networks; cluster1's istiod serves cluster3 as well",
        size=3,
    ),
    replace(
        PLAIN,
        name="primary-remote-multi-network",
        about="cluster1's istiod serves both networks",
        primaries=1,
    ),
    replace(FLAT, name="primary-remote-one-network", about="cluster1's istiod serves one network", primaries=1),
    replace(
        PLAIN,
        name="classic-sidecars",
        about="istio-proxy is an ordinary container, not a native sidecar",
        native_sidecars=False,
    ),
    replace(PLAIN, name="two-istiods", about="two replicas of istiod in each cluster", istiods=2),
    replace(
        PLAIN,
        name="revision-tag",
        about="istiod of a revision; namespaces choose it by a tag",
        revision="canary",
        tag="prod",
    ),
    replace(PLAIN, name="system-namespace", about="Istio lives in mesh-system", istio_namespace="mesh-system"),
    replace(PLAIN, name="two-roots", about="two trusted roots, each cluster's CA signed by another", roots=2),
    replace(
        PLAIN,
        name="locality",
        about="locality load balancing keeps calls near on purpose",
        locality=Locality.NEAREST,
    ),
    replace(
        PLAIN,
        name="cluster-local",
        about="helloworld is meant to be local to each cluster",
        locality=Locality.CLUSTER_LOCAL,
    ),
    replace(PLAIN, name="gateway-host-name", about="gateways reached by host name", gateway=GatewayKind.HOST_NAME),
    replace(
        PLAIN,
        name="gateway-external-ips",
        about="gateways reached by externalIPs",
        gateway=GatewayKind.EXTERNAL_IPS,
    ),
    replace(
        PLAIN,
        name="gateway-api",
        about="gateways of the Kubernetes Gateway API",
        gateway=GatewayKind.GATEWAY_API,
    ),
)


def of_versions(shape: Shape, istio: tuple[str, ...], istioctl: str = "") -> Shape:
    """Return the shape with other versions of Istio: one for each cluster, or one for all."""
    for version in (*istio, *filter(None, (istioctl,))):
        version_named(version)
    chosen = replace(shape, istio=istio or shape.istio)
    return replace(chosen, chosen_istioctl="" if istioctl == chosen.istioctl else istioctl)


def shape_named(name: str) -> Shape:
    """Return the shape of this name."""
    for shape in SHAPES:
        if shape.name == name:
            return shape
    raise LabError(f"no shape {name}; there are {', '.join(shape.name for shape in SHAPES)}")

"""What a shape of mesh is: the record from which all that is installed, applied and expected follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from lab.artifacts.versions import NEWEST, oldest, version_named
from lab.clusters.cluster import CLUSTER_DOMAIN, Cluster

SERVICE = "helloworld"
NEIGHBOUR = "helloworld-anywhere"
CANARY = "canary"
TENANT = "tenant"
"""The revision of the second istiod."""
EXPOSED_PORT = 15443


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


class Reach(Enum):
    """Whose pods answer a service of an extra."""

    EVERYWHERE = "those of all clusters"
    HERE = "those of the caller's cluster"
    SECOND = "those of cluster2"


@dataclass(frozen=True, slots=True)
class Extra:
    """What is applied beside the plainest mesh: a manifest, in the clusters of these numbers or in all.

    `services`: those that it adds for the client to call, as SERVICE or SERVICE.NAMESPACE.
    `versions`: what else answers helloworld because of it.
    """

    manifest: str
    numbers: tuple[int, ...] = ()
    services: Mapping[str, Reach] | None = field(default=None, hash=False)
    versions: tuple[str, ...] = ()
    gateway_api: bool = False

    def is_in(self, cluster: Cluster) -> bool:
        """Whether the cluster has it."""
        return not self.numbers or cluster.number in self.numbers


@dataclass(frozen=True, slots=True)
class Shape:
    """One mesh: how many clusters, how they are joined, and what differs from the plainest installation.

    `joined`: the first so many clusters share network1, where pods reach each other.
    `primaries`: the first so many clusters run istiod, the others are served by cluster1.
    `roots`: that many root certificates are trusted; the clusters' CAs are signed by them in turn.
    `istio`: the clusters' versions of Istio in their order, the last one for all others too; `canary`: that of a
    second istiod in each cluster; `chosen_istioctl`: the user's, where it is not the newest of the mesh.
    `exposed`: the hosts that are open on the clusters' gateways, in turn; all where there is none.
    `tenant`: whether another mesh lives in the same clusters.
    `noise`: whether much else lives in the mesh.
    `passive`: the numbers of the clusters in which helloworld is scaled to 0.
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
    exposed: tuple[str, ...] = ()
    gateway_port: int = EXPOSED_PORT
    passive: tuple[int, ...] = ()
    domain: str = CLUSTER_DOMAIN
    pods_overlap: bool = False
    mesh_networks: bool = False
    istiod_by_name: bool = False
    mesh_config: Mapping[str, Any] | None = field(default=None, hash=False)
    extras: tuple[Extra, ...] = ()
    noise: bool = False
    tenant: bool = False

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """All clusters, primaries first."""
        return tuple(self._cluster(number) for number in range(1, self.size + 1))

    def _cluster(self, number: int) -> Cluster:
        version = self.istio[min(number, len(self.istio)) - 1]
        return Cluster(number, version, self.canary, self.domain, 1 if self.pods_overlap else 0)

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

    @property
    def needs_gateway_api(self) -> bool:
        """Whether it needs the kinds of the Kubernetes Gateway API."""
        return self.gateway is GatewayKind.GATEWAY_API or any(extra.gateway_api for extra in self.extras)

    def network(self, cluster: Cluster) -> str:
        """Return the network the cluster is on."""
        return f"network{1 if cluster in self.joined_clusters else cluster.number}"

    def hosts(self, cluster: Cluster) -> str:
        """Return the hosts that are open on the cluster's gateway."""
        if not self.exposed:
            return f"*.{self.domain.rsplit('.', 1)[-1]}"
        return self.exposed[min(cluster.number, len(self.exposed)) - 1]

    def gateway_clusters(self) -> tuple[Cluster, ...]:
        """Return the clusters with an east-west gateway: one a network, and one before a shared istiod."""
        if self.is_flat:
            return self.clusters[:1] if self.remote_clusters else ()
        return (self.clusters[0], *self.clusters[self.joined :])

    def extras_of(self, cluster: Cluster) -> tuple[Extra, ...]:
        """Return what is applied to the cluster beside the plainest mesh."""
        return tuple(extra for extra in self.extras if extra.is_in(cluster))

    def expected(self, caller: Cluster) -> Mapping[str, frozenset[str]]:
        """Return, for each service, the versions that answer a caller in this cluster when all is well."""
        more = (one for extra in self.extras for one in extra.versions)
        serving = (cluster for cluster in self.clusters if cluster.number not in self.passive)
        everywhere = frozenset((*map(version, serving), *more))
        if self.locality is Locality.NONE:
            return {SERVICE: everywhere, **self._expected_of_extras(caller)}
        return {SERVICE: frozenset((version(caller),)), NEIGHBOUR: everywhere}

    def _expected_of_extras(self, caller: Cluster) -> Mapping[str, frozenset[str]]:
        own = {Reach.EVERYWHERE: frozenset(map(version, self.clusters)), Reach.HERE: frozenset((version(caller),))}
        own[Reach.SECOND] = frozenset((version(self.clusters[1]),))
        added = (extra.services or {} for extra in self.extras)
        return {service: own[reach] for services in added for service, reach in services.items()}


def version(cluster: Cluster) -> str:
    """Return the version of helloworld that runs in this cluster."""
    return f"v{cluster.number}"

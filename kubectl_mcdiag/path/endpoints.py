"""Whether the clusters that calls go to have a healthy endpoint that leads to the destination."""

from dataclasses import dataclass

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.services.endpoints import hosts_in, is_healthy, pods_in
from kubectl_mcdiag.mesh.traffic.connections import answered_directly
from kubectl_mcdiag.mesh.view import View, fact
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.proxies import cluster_named
from kubectl_mcdiag.path.route import routes_unread, targets
from kubectl_mcdiag.path.shown import proxy_config


@dataclass(frozen=True, slots=True)
class Leading:
    """A cluster that calls go to, and those of its endpoints that lead to the destination."""

    cluster: EnvoyCluster
    hosts: tuple[Host, ...]

    @property
    def is_spare(self) -> bool:
        """Whether calls go elsewhere as long as something there answers."""
        first = min((host.priority for host in self.cluster.hosts), default=0)
        return bool(self.hosts) and all(host.priority > first for host in self.hosts)


@fact
def leading(view: View, call: Call) -> tuple[Leading, ...]:
    """Return the clusters that calls go to, each with the endpoints that lead to the destination."""
    found = dict.fromkeys(cluster_named(view, call, route.cluster) for route in targets(view, call))
    return tuple(Leading(cluster, _hosts(view, call, cluster)) for cluster in found)


def _hosts(view: View, call: Call, cluster: EnvoyCluster) -> tuple[Host, ...]:
    service = service_of(cluster)
    if service not in services(view, call.destination):
        return ()
    found = hosts_in(view, call.source, cluster, service, call.destination)
    # Networks that are declared apart and are not: pods that answer at their own addresses need no gateway.
    is_direct = not found and bool(answered_directly(view, call.source, call.destination))
    return pods_in(view, call.source, cluster, service, call.destination) if is_direct else found


def service_of(cluster: EnvoyCluster) -> str:
    """Return the service (`name.namespace`) of a cluster."""
    return ".".join(cluster.host.split(".")[:2])


def judge(view: View, call: Call) -> Hop:
    """Return how the endpoints stand; where routes are not known, those of the whole service prove nothing good."""
    try:
        found = _judged(view, call, leading(view, call))
    except Unavailable as why:
        return unread(Kind.ENDPOINTS, why)
    unknown = routes_unread(view, call) if found.state is State.WORKS else None
    return unread(Kind.ENDPOINTS, unknown) if unknown else found


def holds(view: View, call: Call) -> bool:
    """Return whether the client's proxy holds endpoints that lead there, whatever its routes do with them."""
    return _judged(view, call, leading(view, call)).state is State.WORKS


def _judged(view: View, call: Call, found: tuple[Leading, ...]) -> Hop:
    empty = [one for one in found if not one.cluster.hosts]
    if empty:
        return _broken(view, call, Reason.NO_SUBSET if empty[0].cluster.subset else Reason.NO_ENDPOINTS, empty[0])
    there = [one for one in found if one.hosts]
    if not there:
        return _missing(view, call, found)
    if all(one.is_spare for one in there):
        return Hop(
            Kind.ENDPOINTS, State.KEPT_AWAY, note="nearer endpoints are preferred", seen=(_shown(view, call, there[0]),)
        )
    if not any(is_healthy(host) for one in there for host in one.hosts):
        return _broken(view, call, Reason.EJECTED, there[0])
    return Hop(Kind.ENDPOINTS, State.WORKS, seen=tuple(_shown(view, call, one) for one in there))


def _missing(view: View, call: Call, found: tuple[Leading, ...]) -> Hop:
    if all(one.cluster.subset or service_of(one.cluster) != call.service for one in found):
        note = "calls go to " + ", ".join(one.cluster.name for one in found) + " alone"
        return Hop(Kind.ENDPOINTS, State.KEPT_AWAY, note=note, seen=tuple(_shown(view, call, one) for one in found))
    first = next(one for one in found if not one.cluster.subset)
    is_pod = crosses_networks(view, call.source, call.destination) and pods_in(
        view, call.source, first.cluster, call.service, call.destination
    )
    return _broken(view, call, Reason.POD_ADDRESS if is_pod else Reason.NO_ENDPOINTS, first)


def _broken(view: View, call: Call, reason: Reason, one: Leading) -> Hop:
    hosts = one.hosts or one.cluster.hosts
    values = {
        "cluster": one.cluster.name,
        "destination": call.destination,
        "addresses": ", ".join(f"{host.address}:{host.port}" for host in hosts),
    }
    return Hop(Kind.ENDPOINTS, State.BROKEN, reason, values, (_shown(view, call, one),))


def _shown(view: View, call: Call, one: Leading) -> Seen:
    lines = tuple(f"{host.address}:{host.port} {host.health}" for host in one.hosts or one.cluster.hosts)
    return proxy_config(view, call.source, call.client, "endpoint", lines, "--cluster", one.cluster.name)

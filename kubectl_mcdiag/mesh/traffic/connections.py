"""Connections to the endpoints of other clusters, by the counters of each client's Envoy: which work, which fail."""

from collections.abc import Callable, Iterator

from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER, GATEWAY_CLUSTERS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, pods
from kubectl_mcdiag.mesh.networks.gateway_proxies import sampled
from kubectl_mcdiag.mesh.services.endpoints import (
    clusters_of,
    crossing,
    given,
    hosts_in,
    pods_in,
    readable_clients,
    shared,
    with_subsets,
)
from kubectl_mcdiag.mesh.view import View, ask, fact


def failing_hosts(view: View, source: str, client: str, service: str, destination: str) -> Iterator[tuple[Host, Host]]:
    """Yield each endpoint in `destination` to which connections fail and no call gets through: now, and a little later.

    Counters are read a second time only where the first reading gives cause; those that did not grow are history.
    Those of subsets count as well: where all calls go to one, the whole service has none.
    """
    yielded: set[tuple[str, int]] = set()
    for cluster in with_subsets(view, source, client, service):
        for host in hosts_in(view, source, cluster, service, destination):
            if is_suspicious(host) and (host.address, host.port) not in yielded:
                found = _still_failing(view, source, client, cluster, host)
                yielded |= {(host.address, host.port) for _ in found}
                yield from found


def _still_failing(
    view: View, source: str, client: str, cluster: EnvoyCluster, host: Host
) -> tuple[tuple[Host, Host], ...]:
    later = view.read(ENVOY_CLUSTERS_LATER, source, client)
    return tuple(
        (host, again)
        for other in later
        if other.name == cluster.name
        for again in other.hosts
        if (again.address, again.port) == (host.address, host.port) and fails(host, again)
    )


def is_suspicious(host: Host) -> bool:
    """Return whether connections to a host failed: whether they still do, one reading alone does not tell."""
    return bool(host.connect_failures)


def fails(before: Host, after: Host) -> bool:
    """Return whether connections to a host fail, by its counters at two moments."""
    # Envoy counts a connection as active from its first packet on. One that has never carried a call is still waiting.
    waits = bool(after.active) and not after.requests
    tried = after.connect_failures > before.connect_failures or after.connections > before.connections
    return waits or (tried and after.requests == before.requests)


def tried(before: Host, after: Host) -> int:
    """Return how many connections were tried, or waited, between two readings of an endpoint to which they fail."""
    begun, failed = after.connections - before.connections, after.connect_failures - before.connect_failures
    return max(begun, failed, after.active)


def any_client(view: View, context: str, holds: Callable[[Pod], bool]) -> bool:
    """Return whether something holds of some sampled client.

    Raises `Unavailable` where it holds of none that can be read, and one cannot.
    """
    found = {client.full_name: ask(lambda c=client: holds(c)) for client in clients(view, context)}  # type: ignore[misc]
    if not any(found.values()) and None in found.values():
        return any(holds(client) for client in clients(view, context))
    return any(found.values())


@fact
def calls_fail(view: View, source: str, destination: str) -> bool:
    """Return whether connections of some sampled client to `destination` fail now."""

    def fail(client: Pod) -> bool:
        names = crossing(view, source, destination)
        return any(True for name in names for _ in failing_hosts(view, source, client.full_name, name, destination))

    return any_client(view, source, fail)


def waits(pod: Pod) -> bool:
    """Return whether a pod with a sidecar is not ready, or does not start."""
    return pod.is_injected and not pod.ready and pod.phase in ("Pending", "Running")


@fact
def partly_connected(view: View, source: str, client: str, destination: str) -> tuple[tuple[Host, Host], ...]:
    """Return each endpoint to which a client's connections fail, with another in `destination` that answers it."""
    found: dict[tuple[str, int], tuple[Host, Host]] = {}
    for service in crossing(view, source, destination):
        failing = [after for _, after in failing_hosts(view, source, client, service, destination)]
        dead = {(host.address, host.port) for host in failing}
        for cluster in clusters_of(view, source, client, service) if failing else ():
            hosts = hosts_in(view, source, cluster, service, destination)
            alive = [host for host in hosts if host.successes and (host.address, host.port) not in dead]
            found |= {(host.address, host.port): (host, alive[0]) for host in failing if alive}
    return tuple(found.values())


@fact
def answered_endpoints(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the endpoints in `destination` from which some sampled client of `source` has had an answer."""
    return tuple(
        f"{host.address}:{host.port}"
        for client in readable_clients(view, source)
        for service in crossing(view, source, destination)
        for cluster in clusters_of(view, source, client.full_name, service)
        for host in hosts_in(view, source, cluster, service, destination)
        if host.successes
    )


@fact
def answered_directly(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the pods of `destination` that have answered some sampled client of `source` at their own address."""
    return tuple(
        f"{host.address}:{host.port}"
        for client in readable_clients(view, source)
        for service in shared(view, source, destination)
        for cluster in clusters_of(view, source, client.full_name, service)
        for host in pods_in(view, source, cluster, service, destination)
        if host.successes
    )


@fact
def needs_second_reading(view: View, context: str, client: str) -> bool:
    """Return whether some endpoint on another cluster looks as if it could not be reached."""
    found = ask(lambda: given(view, context, client)) or ()
    local = {address for pod in ask(lambda: pods(view, context)) or () for address in pod.addresses}
    return any(is_suspicious(host) and host.address not in local for cluster in found for host in cluster.hosts)


@fact
def has_failed(view: View, source: str, destination: str) -> bool:
    """Return whether some sampled client of `source` looks as if it could not connect to `destination`."""

    def looks(client: Pod) -> bool:
        return any(
            is_suspicious(host)
            for service in crossing(view, source, destination)
            for cluster in with_subsets(view, source, client.full_name, service)
            for host in hosts_in(view, source, cluster, service, destination)
        )

    return any_client(view, source, looks)


@fact
def is_doubtful(view: View, context: str) -> bool:
    """Return whether some client elsewhere has failed to connect, so that the gateways here are worth a look."""
    others = [other for other in view.contexts if other != context]
    return any(
        needs_second_reading(view, other, client.full_name)
        for other in others
        for client in ask(lambda o=other: clients(view, o)) or ()  # type: ignore[misc]
    )


def was_read_again(view: View, context: str) -> bool:
    """Return whether a client elsewhere was read a second time, so that what arrived here meanwhile is of interest."""
    return any(
        view.was_asked(ENVOY_CLUSTERS_LATER, other, client.full_name)
        for other in view.contexts
        if other != context
        for client in ask(lambda o=other: clients(view, o)) or ()  # type: ignore[misc]
    )


def awaits_gateways(view: View, context: str) -> bool:
    """Return whether some gateway elsewhere is still to be read, so that a client's second reading falls after it."""
    return any(
        not view.was_asked(GATEWAY_CLUSTERS, other, pod.full_name)
        for other in view.contexts
        if other != context
        for pod in ask(lambda o=other: sampled(view, o)) or ()  # type: ignore[misc]
    )

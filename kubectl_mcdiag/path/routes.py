"""Where a client's proxy sends requests for a host: the routes that its dump holds, subsets and weights included."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain
from kubectl_mcdiag.evidence.parsers.envoy.routing import Route, VirtualHost


@dataclass(frozen=True, slots=True)
class Destination:
    """Where plain requests go: the path it is for, the cluster and its share, and the route itself."""

    path: str
    cluster: str
    share: int
    route: Route | None = None


def virtual_host(config: EnvoyConfig, host: str, port: int) -> VirtualHost | None:
    """Return the virtual host that takes requests for a host on a port, None where HTTP routes know none."""
    wanted = {host, f"{host}:{port}"}
    tables = [table for table in config.routes if table.name in (str(port), f"{host}:{port}")]
    # A table of its own is used where the protocol is sniffed, and then the common one is not.
    for table in sorted(tables, key=lambda table: table.name == str(port)):
        for found in table.virtual_hosts:
            if wanted & set(found.domains):
                return found
    return None


def plain(found: VirtualHost) -> Iterator[Route]:
    """Yield the routes that plain requests can take: none that asks for a header, and none behind a catch-all."""
    for route in found.routes:
        if not route.match.is_for_some:
            yield route
        if route.match.is_for_all:
            return


def destinations(found: VirtualHost) -> tuple[Destination, ...]:
    """Return where plain requests are forwarded, with each cluster's share."""
    return tuple(
        Destination(route.match.text, cluster, share, route)
        for route in plain(found)
        if route.route
        for cluster, share in route.route.targets
    )


def chains(config: EnvoyConfig, address: str, port: int) -> tuple[FilterChain, ...]:
    """Return the filter chains that take connections to an address and port; none where no listener says.

    A listener for the address is taken before one for all addresses, as Envoy does.
    """
    active = {state.name: state.listener for state in config.listeners if state.is_active}
    names = (f"{address}_{port}", f"0.0.0.0_{port}", f"[::]_{port}", f"::_{port}")
    return next((active[name].filter_chains for name in names if name in active), ())


def tcp_clusters(config: EnvoyConfig, address: str, port: int) -> tuple[str, ...]:
    """Return the clusters that connections to an address and port are passed to; empty where no listener says."""
    found = (cluster for chain in chains(config, address, port) for cluster in chain.clusters)
    return tuple(cluster for cluster in found if cluster.startswith("outbound|"))

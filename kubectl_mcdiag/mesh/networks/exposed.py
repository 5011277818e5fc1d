"""Which services the Gateways expose on an east-west gateway, of those that calls reach through it."""

from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.access.membership import domain_of, host_of
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.networks.exposures import Exposure, exposures_on
from kubectl_mcdiag.mesh.services.endpoints import crossing, with_subsets
from kubectl_mcdiag.mesh.view import View, fact


def passing(view: View, context: str, service: str) -> tuple[Exposure, ...]:
    """Return the servers by which a gateway (`name.namespace`) forwards by SNI."""
    return tuple(one for one in exposures_on(view, context, service) if one.passes_through)


@fact
def unexposed(view: View, source: str, destination: str, context: str, service: str) -> tuple[str, ...]:
    """Return the services whose calls a gateway refuses, of those that cross from `source` to `destination`."""
    found = passing(view, context, service)
    return tuple(
        name
        for name in crossing(view, source, destination)
        if not any(one.covers(host_of(view, context, name)) for one in found)
    )


@fact
def exposes_nothing(view: View, source: str, destination: str, context: str, service: str) -> bool:
    """Return whether a gateway refuses calls to all services; without services, whether nothing opens its port."""
    names = crossing(view, source, destination)
    return (
        len(unexposed(view, source, destination, context, service)) == len(names)
        if names
        else not passing(view, context, service)
    )


def is_open(view: View, context: str, exposure: Exposure) -> bool:
    """Return whether a server exposes all services of the mesh."""
    return exposure.passes_through and exposure.covers_all(domain_of(view, context))


@fact
def is_called(view: View, source: str, service: str) -> bool:
    """Return whether some sampled client has tried to call a service since its Envoy learned of it."""
    return any(
        host.connections or host.connect_failures or host.requests
        for client in clients(view, source)
        for cluster in with_subsets(view, source, client.full_name, service)
        for host in cluster.hosts
    )


def caller(pair: Pair, context: str) -> str:
    """Return the end of a pair that calls into a cluster: the source, or where that is the cluster, the other."""
    return pair.source if context != pair.source else pair.destination

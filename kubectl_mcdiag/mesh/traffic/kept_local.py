"""What keeps calls to a service inside a cluster because somebody asked for it."""

from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, hosts_in
from kubectl_mcdiag.mesh.services.subsets import Pin, carriers, pins
from kubectl_mcdiag.mesh.view import View, fact

Spare = tuple[EnvoyCluster, tuple[Host, ...]]


@fact
def spares(view: View, source: str, client: str, service: str, destination: str) -> tuple[Spare, ...]:
    """Return the Envoy clusters of a service that call `destination` only when nearer endpoints fail, and its hosts."""
    found = (
        (cluster, hosts_in(view, source, cluster, service, destination))
        for cluster in clusters_of(view, source, client, service)
    )
    return tuple((cluster, hosts) for cluster, hosts in found if hosts and _are_spare(cluster, hosts))


def _are_spare(cluster: EnvoyCluster, hosts: tuple[Host, ...]) -> bool:
    first = min(host.priority for host in cluster.hosts)
    return all(host.priority > first for host in hosts)


@fact
def pins_elsewhere(view: View, source: str, service: str, destination: str) -> tuple[Pin, ...]:
    """Return what sends every call to a service to a subset that other clusters have, and `destination` has not."""
    found = []
    for pin in pins(view, source, service):
        having = {context for context in view.contexts if carriers(view, context, service, pin.labels)}
        if having and destination not in having:
            found.append(pin)
    return tuple(found)


def keeps_away(view: View, source: str, client: str, service: str, destination: str) -> bool:
    """Return whether somebody asked that calls of a client to a service stay away from `destination`."""
    return bool(
        spares(view, source, client, service, destination) or pins_elsewhere(view, source, service, destination)
    )

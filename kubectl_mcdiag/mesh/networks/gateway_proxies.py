"""What the Envoys of east-west gateways do: on which ports they listen, and what stands behind each SNI."""

from kubectl_mcdiag.evidence.commands import GATEWAY_CLUSTERS, GATEWAY_CLUSTERS_LATER, GATEWAY_LISTENERS, RESOURCES
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.envoy.envoy_listeners import Listener
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.networks.gateways import gateway_pods, gateway_port, gateways
from kubectl_mcdiag.mesh.view import View, ask, fact


@fact
def gateway_proxy(view: View, context: str, service: str) -> Pod | None:
    """Return the Running pod that is looked into for a gateway Service (`name.namespace`): a ready one, if any is."""
    found = gateway_pods(view, context, service)
    return min(found, key=lambda pod: (not pod.ready, pod.name), default=None)


@fact
def sampled(view: View, context: str) -> tuple[Pod, ...]:
    """Return one pod of each gateway of this cluster; none where no other cluster is on another network."""
    others = [other for other in view.contexts if other != context]
    if not any(ask(lambda o=other: crosses_networks(view, context, o)) for other in others):  # type: ignore[misc]
        return ()
    found = (gateway_proxy(view, context, service.full_name) for service in gateways(view, context))
    return tuple({pod.full_name: pod for pod in found if pod}.values())


def entry_port(service: Service) -> ServicePort | None:
    """Return the port of a gateway Service that other networks call, None where the Service has no such port."""
    return next((port for port in service.ports if port.port == gateway_port(service)), None)


@fact
def target_port(view: View, context: str, service: str) -> int:
    """Return the port of the gateway's pods that calls from other networks arrive at; 0 where it leads nowhere."""
    found = entry_port(services(view, context)[service])
    if found is None:
        return 0
    if found.target_port.isdigit():
        return int(found.target_port)
    name, _, namespace = service.partition(".")
    slices = view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
    own = (one.ports for one in slices if (one.service, one.namespace) == (name, namespace))
    return next((ports[found.name] for ports in own if ports.get(found.name)), 0)


def listener(view: View, context: str, pod: Pod, port: int) -> Listener | None:
    """Return the listener of a gateway's Envoy on a port, open or rejected; None where it knows of none.

    Envoy tells a refusal twice: with the listener that it keeps, and once more without a name.
    """
    found = (one for one in view.read(GATEWAY_LISTENERS, context, pod.full_name) if one.port == port)
    return max(found, key=lambda one: one.is_active, default=None)


def behind_gateway(view: View, context: str, pod: Pod, service: str) -> tuple[EnvoyCluster, ...]:
    """Return the Envoy clusters of a gateway to which the SNIs of a service lead, one for each port."""
    return _sni_clusters(view.read(GATEWAY_CLUSTERS, context, pod.full_name), service)


def _sni_clusters(found: tuple[EnvoyCluster, ...], service: str) -> tuple[EnvoyCluster, ...]:
    name, _, namespace = service.partition(".")
    return tuple(
        cluster
        for cluster in found
        if cluster.name.startswith("outbound_.")
        and cluster.host.startswith(f"{name}.{namespace}.svc.")
        and not cluster.subset
    )


@fact
def arrived(view: View, context: str, pod: str, service: str) -> int:
    """Return how many connections a gateway opened to a service between its two readings, for calls that came in."""
    readings = [
        sum(host.connections for cluster in _sni_clusters(found, service) for host in cluster.hosts)
        for found in (view.read(GATEWAY_CLUSTERS, context, pod), view.read(GATEWAY_CLUSTERS_LATER, context, pod))
    ]
    return readings[1] - readings[0]

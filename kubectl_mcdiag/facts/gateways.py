"""East-west gateways: the Services, their addresses, their pods and what exposes services on them."""

from dataclasses import dataclass

from kubectl_mcdiag.commands import GATEWAY_API, ISTIO_CONFIG, NETWORKZ, RESOURCES
from kubectl_mcdiag.facts.identity import NETWORK, control_planes, istiods, network, proxies, services
from kubectl_mcdiag.facts.view import View, ask, fact
from kubectl_mcdiag.parsers.gateway_api import KubernetesGateway
from kubectl_mcdiag.parsers.istio_config import Gateway, GatewayServer
from kubectl_mcdiag.parsers.pods import Pod
from kubectl_mcdiag.parsers.resources import Service

PORT = 15443
PORT_LABEL = "networking.istio.io/gatewayPort"
NODE_SELECTOR = "traffic.istio.io/nodeSelector"
OWNER = "gateway.networking.k8s.io/gateway-name"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A server that might expose services to other networks: a Gateway's, or a Gateway API listener as one."""

    gateway: str
    namespace: str
    selector: dict[str, str]
    server: GatewayServer


@fact
def gateways(view: View, context: str) -> tuple[Service, ...]:
    """Return the Services that are, or were meant to be, east-west gateways of this cluster.

    Istio goes by the label `topology.istio.io/network` alone; one without it is recognised by the port 15443, or by
    the label `istio=eastwestgateway` of Istio's own generator.
    """
    return tuple(
        service
        for service in services(view, context).values()
        if NETWORK in service.labels
        or service.labels.get("istio") == "eastwestgateway"
        or any(port.port == PORT for port in service.ports)
    )


def gateway_port(service: Service) -> int:
    """Return the port on which other networks call this gateway."""
    declared = service.labels.get(PORT_LABEL, "")
    return int(declared) if declared.isdigit() else PORT


def addresses(service: Service) -> tuple[str, ...]:
    """Return the addresses that other networks use: load balancer, its host names, `externalIPs`."""
    return service.ingress + service.ingress_hosts + service.external_ips


@fact
def usable(view: View, context: str) -> tuple[Service, ...]:
    """Return the gateways that istiod can use: labelled with the cluster's own network, and with an address."""
    own = network(view, context)
    return tuple(
        service
        for service in gateways(view, context)
        if service.labels.get(NETWORK) == own and (addresses(service) or NODE_SELECTOR in service.annotations)
    )


@fact
def known_addresses(view: View, source: str, destination: str) -> frozenset[str]:
    """Return every address at which a call from `source` may enter the network of `destination`.

    What Kubernetes holds and, host names being resolved there, what each istiod pod has learnt.
    """
    wanted = network(view, destination)
    found = {
        address
        for context in view.contexts
        for service in (ask(lambda c=context: labelled(view, c, wanted)) or ())  # type: ignore[misc]
        for address in addresses(service)
    }
    for plane in control_planes(view, source):
        for pod in istiods(view, plane):
            rows = view.read(NETWORKZ, plane, pod.full_name)
            found |= {row.address for row in rows if row.network == wanted}
    return frozenset(found)


@fact
def labelled(view: View, context: str, wanted: str) -> tuple[Service, ...]:
    """Return the gateways in a cluster that carry the label of a network."""
    return tuple(service for service in gateways(view, context) if service.labels.get(NETWORK) == wanted)


@fact
def gateway_pods(view: View, context: str, service: str) -> tuple[Pod, ...]:
    """Return the Running pods behind a gateway Service (`name.namespace`)."""
    found = services(view, context)[service]
    if not found.selector:
        return ()
    return tuple(
        pod
        for pod in proxies(view, context)
        if pod.namespace == found.namespace and found.selector.items() <= pod.labels.items()
    )


@fact
def exposures(view: View, context: str) -> tuple[Exposure, ...]:
    """Return every server on port 15443 in the configuration that this cluster's control planes read."""
    classic = [
        exposure
        for plane in control_planes(view, context)
        for gateway in view.read(ISTIO_CONFIG, plane, kind="gateways").gateways
        for exposure in _classic(gateway)
    ]
    return tuple(classic) + tuple(e for gateway in kubernetes_gateways(view, context) for e in _listeners(gateway))


def _classic(gateway: Gateway) -> list[Exposure]:
    return [
        Exposure(gateway.name, gateway.namespace, gateway.selector, server)
        for server in gateway.servers
        if server.port == PORT
    ]


def _listeners(gateway: KubernetesGateway) -> list[Exposure]:
    return [
        Exposure(
            gateway.name,
            gateway.namespace,
            {OWNER: gateway.name},
            GatewayServer(
                listener.port,
                listener.protocol,
                "AUTO_PASSTHROUGH" if listener.passthrough else listener.tls_mode,
                ("*",),
            ),
        )
        for listener in gateway.listeners
        if listener.port == PORT
    ]


@fact
def kubernetes_gateways(view: View, context: str) -> tuple[KubernetesGateway, ...]:
    """Return the Gateway API gateways; not asked for where no gateway Service was made by one."""
    return view.read(GATEWAY_API, context) if needs_gateway_api(view, context) else ()


@fact
def needs_gateway_api(view: View, context: str) -> bool:
    """Tell whether some east-west gateway of this cluster was made with the Kubernetes Gateway API."""
    return any(OWNER in service.labels for service in gateways(view, context))


@fact
def ready_backends(view: View, context: str, service: str) -> int:
    """Return how many ready addresses stand behind a Service (`name.namespace`)."""
    name, _, namespace = service.partition(".")
    slices = view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
    return sum(
        endpoint.ready
        for found in slices
        if (found.service, found.namespace) == (name, namespace)
        for endpoint in found.endpoints
    )

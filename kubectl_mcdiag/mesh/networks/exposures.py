"""What exposes services on east-west gateways: Gateways of Istio, and of the Kubernetes Gateway API."""

from dataclasses import dataclass

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway, Listener
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Gateway, GatewayServer
from kubectl_mcdiag.mesh.access.identity import NETWORK, assigned, control_planes, istiods, services
from kubectl_mcdiag.mesh.networks.gateway_proxies import entry_port, target_port
from kubectl_mcdiag.mesh.networks.gateways import (
    OWNER,
    PORT,
    PORT_LABEL,
    gateway_pods,
    gateway_port,
    gateways,
    kubernetes_gateways,
)
from kubectl_mcdiag.mesh.view import View, fact

CLASSIC = "gateways.networking.istio.io"
KUBERNETES = "gateways.gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A server that might expose services to other networks: a Gateway's, or a Gateway API listener as one.

    `index` is its place among the `servers` servers (listeners) of its Gateway, `resource` that Gateway's kind.
    """

    gateway: str
    namespace: str
    selector: dict[str, str]
    server: GatewayServer
    index: int
    resource: str = CLASSIC
    servers: int = 1

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.gateway}.{self.namespace}"

    @property
    def patterns(self) -> tuple[str, ...]:
        """Its hosts, without the namespaces that they are for."""
        return tuple(host.rpartition("/")[2] for host in self.server.hosts)

    def covers(self, host: str) -> bool:
        """Return whether its hosts mean this one, which may begin with a wildcard.

        Source: Istio 1.31 `pkg/config/host/name.go`, `SubsetOf`.
        """
        return any(host.endswith(one[1:]) if one.startswith("*") else host == one for one in self.patterns)

    def covers_all(self, domain: str) -> bool:
        """Return whether its hosts are those of all services of a mesh, whose names end with this domain."""
        return self.covers(f"*.svc.{domain}")

    @property
    def passes_through(self) -> bool:
        """Whether it forwards by SNI to any service, which is what calls between networks need."""
        return self.server.tls_mode == "AUTO_PASSTHROUGH"

    def selects(self, labels: dict[str, str]) -> bool:
        """Return whether it opens its port on pods with these labels."""
        return self.selector.items() <= labels.items()


@fact
def exposures(view: View, context: str) -> tuple[Exposure, ...]:
    """Return every server on a gateway's port in the configuration that this cluster's control planes read.

    Where a cluster has an istiod and is assigned to another one as well, either may serve the gateway.
    """
    classic = [
        exposure
        for plane in dict.fromkeys((*control_planes(view, context), *assigned(view, context)))
        for gateway in view.read(ISTIO_CONFIG, plane, kind="gateways").gateways
        for exposure in _classic(gateway, entry_ports(view, context))
    ]
    return tuple(classic) + tuple(e for gateway in kubernetes_gateways(view, context) for e in _listeners(gateway))


@fact
def entry_ports(view: View, context: str) -> frozenset[int]:
    """Return the ports on which other networks call the gateways of a cluster, at the Service or at the pods."""
    found = (ports_of(view, context, service.full_name) for service in gateways(view, context))
    return frozenset({PORT}.union(*found))


@fact
def ports_of(view: View, context: str, service: str) -> frozenset[int]:
    """Return the numbers by which a Gateway may mean the port of one gateway: the Service's, and that of its pods.

    A label that names no port of the Service leaves open which one is meant.
    Source: Istio 1.31 `pilot/pkg/model/gateway.go`, `resolvePorts`.
    """
    found = services(view, context)[service]
    if entry_port(found) is None:
        return frozenset({PORT, gateway_port(found)})
    return frozenset({gateway_port(found), target_port(view, context, service)} - {0})


def _classic(gateway: Gateway, ports: frozenset[int]) -> list[Exposure]:
    return [
        Exposure(gateway.name, gateway.namespace, gateway.selector, server, index, servers=len(gateway.servers))
        for index, server in enumerate(gateway.servers)
        if server.port in ports
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
                "AUTO_PASSTHROUGH" if _passes_through(gateway, listener) else listener.tls_mode,
                ("*",),
                {"mode": listener.tls_mode} if listener.tls_mode else {},
            ),
            index,
            KUBERNETES,
        )
        for index, listener in enumerate(gateway.listeners)
        if listener.port == PORT
    ]


def _passes_through(gateway: KubernetesGateway, listener: Listener) -> bool:
    """Return whether a listener forwards by SNI: by its option, or on the gateway's port where its network is labelled.

    Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/conversion.go`, `IsAutoPassthrough`.
    """
    if listener.tls_mode != "Passthrough":
        return False
    labelled = NETWORK in gateway.labels and gateway.labels.get(PORT_LABEL, str(PORT)) == str(listener.port)
    return listener.passthrough or labelled


@fact
def exposures_on(view: View, context: str, service: str) -> tuple[Exposure, ...]:
    """Return the servers on the port of a gateway's pods; those that `needs_own_namespace` rules out are not."""
    scoped, ports = needs_own_namespace(view, context), ports_of(view, context, service)
    pods = gateway_pods(view, context, service)[:1]
    return tuple(
        exposure
        for exposure in exposures(view, context)
        for pod in pods
        if exposure.server.port in ports and exposure.selects(pod.labels)
        if not scoped or exposure.namespace == pod.namespace
    )


@fact
def needs_own_namespace(view: View, context: str) -> bool:
    """Return whether istiod lets a Gateway open ports only on pods of its own namespace."""
    planes = control_planes(view, context)
    pods = [pod for plane in planes for pod in istiods(view, plane)]
    return any(pod.environment.get("PILOT_SCOPE_GATEWAY_TO_NAMESPACE") == "true" for pod in pods)


@fact
def is_crowded(view: View, context: str) -> bool:
    """Return whether several servers share the port of a gateway, so that its Envoy may refuse them."""
    return any(len(exposures_on(view, context, service.full_name)) > 1 for service in gateways(view, context))

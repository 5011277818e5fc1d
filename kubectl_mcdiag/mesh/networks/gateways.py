"""East-west gateways: the Services, their addresses and their pods."""

from collections.abc import Iterator, Mapping

from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import GATEWAY_API, NETWORKZ, RESOURCES, WORKLOADS
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.evidence.parsers.shapes import load_json, texts
from kubectl_mcdiag.mesh.access.identity import (
    NETWORK,
    control_planes,
    crosses_networks,
    mesh,
    network,
    proxies,
    services,
)
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View, ask, fact, known

PORT = 15443
HBONE_PORT = 15008
PORT_LABEL = "networking.istio.io/gatewayPort"
NODE_SELECTOR = "traffic.istio.io/nodeSelector"
OWNER = "gateway.networking.k8s.io/gateway-name"


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
def node_addresses(view: View, context: str, service: str) -> tuple[str, ...]:
    """Return the addresses of a gateway of type NodePort: those of type ExternalIP of the nodes that it selects.

    Istio selects none without the annotation `traffic.istio.io/nodeSelector`, a JSON object of node labels.
    """
    found = services(view, context)[service]
    if found.type != "NodePort" or NODE_SELECTOR not in found.annotations:
        return ()
    wanted = texts(load_json(found.annotations[NODE_SELECTOR]))
    nodes = view.read(RESOURCES, context, kind="nodes").nodes
    return tuple(ip for node in nodes if wanted.items() <= node.labels.items() for ip in node.external_ips)


@fact
def has_address(view: View, context: str, service: str) -> bool:
    """Return whether istiod takes any address from a gateway Service (`name.namespace`)."""
    return bool(addresses(services(view, context)[service]) or node_addresses(view, context, service))


@fact
def known_addresses(view: View, source: str, destination: str) -> frozenset[str]:
    """Return every address at which a call from `source` may enter the network of `destination`.

    What Kubernetes holds and, host names being resolved there, what the istiods have learned that can be read; raises
    `Unavailable` where none of a cluster's can.
    """
    wanted = network(view, destination)
    planes = control_planes(view, source)
    return _addresses_of(view, wanted).union(*(_addresses_at(view, plane, wanted) for plane in planes))


def _addresses_at(view: View, plane: str, wanted: str) -> frozenset[str]:
    pods = [pod.full_name for pod in read_deeply(view, plane)]
    found = [ask(lambda p=pod: addresses_learned(view, plane, p)) for pod in pods]  # type: ignore[misc]
    known_here = [each for each in found if each is not None]
    if pods and not known_here:
        addresses_learned(view, plane, pods[0])
    return frozenset().union(*(each.get(wanted, frozenset()) for each in known_here))


@fact
def _addresses_of(view: View, wanted: str) -> frozenset[str]:
    """Return the addresses that Kubernetes holds of the gateways of a network."""
    return frozenset(address for _, service in gateways_seen(view, wanted) for address in addresses(service))


@fact
def addresses_learned(view: View, plane: str, istiod: str) -> Mapping[str, frozenset[str]]:
    """Return the addresses of gateways that one istiod pod holds, by network."""
    found: dict[str, set[str]] = {}
    for row in view.read(NETWORKZ, plane, istiod):
        found.setdefault(row.network, set()).add(row.address)
    return {wanted: frozenset(held) for wanted, held in found.items()}


@fact
def declares_gateway(view: View, source: str, wanted: str) -> bool:
    """Return whether `meshNetworks` gives every istiod that serves a cluster a gateway into a network.

    What an istiod knows by labels alone may be of a time before it lost the cluster.
    """
    planes = control_planes(view, source)
    if not all(wanted in mesh(view, plane).networks for plane in planes):
        return False
    held = [addresses_learned(view, plane, pod.full_name) for plane in planes for pod in read_deeply(view, plane)]
    return bool(held) and all(wanted in found for found in held)


@fact
def labelled(view: View, context: str, wanted: str) -> tuple[Service, ...]:
    """Return the gateways in a cluster that carry the label of a network."""
    return tuple(service for service in gateways(view, context) if service.labels.get(NETWORK) == wanted)


@fact
def gateways_of(view: View, wanted: str) -> tuple[tuple[str, Service], ...]:
    """Return the gateways of a network in all clusters, each with the context it stands in."""
    return tuple((context, service) for context in view.contexts for service in labelled(view, context, wanted))


@fact
def gateways_seen(view: View, wanted: str) -> tuple[tuple[str, Service], ...]:
    """Return the gateways of a network in the clusters that can be read: enough to show that there is a good one."""
    found = known(view, lambda context: labelled(view, context, wanted))
    return tuple((context, service) for context, services in found.items() for service in services)


@fact
def on_network(view: View, wanted: str) -> tuple[str, ...]:
    """Return the contexts on a network, as far as theirs is known."""
    networks = known(view, lambda context: network(view, context))
    return tuple(context for context, found in networks.items() if found == wanted)


def entrances(view: View, pair: Pair) -> tuple[tuple[str, Service], ...]:
    """Return the gateways by which calls of a pair enter the destination's network, each with its context.

    `NotApplicable` where both are on one network.
    """
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    return gateways_into(view, pair.destination)


@fact
def gateways_into(view: View, context: str) -> tuple[tuple[str, Service], ...]:
    """Return the gateways of a cluster's network, its own first: clusters that share a network share its gateways.

    Left out are those that stand on another network than their label says. A cluster that cannot be read may be on
    the network, too: that counts where this one has no gateway of its own.
    """
    wanted = network(view, context)
    found = [(context, service) for service in labelled(view, context, wanted)]
    for other in (other for other in view.contexts if other != context):
        its = network(view, other) if not found else ask(lambda o=other: network(view, o))  # type: ignore[misc]
        found += [(other, service) for service in (labelled(view, other, wanted) if its == wanted else ())]
    return tuple(found)


def readers(view: View, source: str, destination: str) -> Iterator[str]:
    """Yield the contexts whose istiods must read `destination` by a remote secret, so that calls get there.

    First those that serve the caller; then, across networks, those that serve the gateways of the destination's
    network: a gateway leads on to pods that its own istiod knows. That is another one where clusters share a network's
    gateway, and where the destination has no istiod of its own.
    """
    seen = {destination}
    yield from _new(seen, control_planes(view, source))
    if crosses_networks(view, source, destination):
        for context in dict.fromkeys(context for context, _ in gateways_into(view, destination)):
            yield from _new(seen, control_planes(view, context))


def _new(seen: set[str], planes: tuple[str, ...]) -> Iterator[str]:
    for plane in planes:
        if plane not in seen:
            seen.add(plane)
            yield plane


@fact
def gateway_at(view: View, wanted: str, address: str) -> tuple[str, Service] | None:
    """Return the gateway of a network that has this address, or may have it by its host name; None where none does."""
    found = gateways_seen(view, wanted)
    named = [one for one in found if address in addresses(one[1]) + node_addresses(view, one[0], one[1].full_name)]
    return next(iter(named + [one for one in found if one[1].ingress_hosts]), None)


@fact
def needs_resolving(view: View, context: str, service: str) -> bool:
    """Return whether a gateway Service (`name.namespace`) is known by host names alone."""
    found = services(view, context)[service]
    others = found.ingress + found.external_ips + node_addresses(view, context, service)
    return bool(found.ingress_hosts) and not others


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
def entrance_pods(view: View, context: str) -> frozenset[str]:
    """Return the pods of this cluster's east-west gateways as `name.namespace`."""
    found = gateways(view, context)
    return frozenset(pod.full_name for one in found for pod in gateway_pods(view, context, one.full_name))


@fact
def kubernetes_gateways(view: View, context: str) -> tuple[KubernetesGateway, ...]:
    """Return the Gateway API gateways; not asked for where no gateway Service was made by one."""
    return view.read(GATEWAY_API, context) if needs_gateway_api(view, context) else ()


@fact
def needs_gateway_api(view: View, context: str) -> bool:
    """Return whether some east-west gateway of this cluster was made with the Kubernetes Gateway API."""
    return any(OWNER in service.labels for service in gateways(view, context))


@fact
def has_ready_pod(view: View, context: str, service: str) -> bool:
    """Return whether a ready address stands behind a gateway Service (`name.namespace`)."""
    name, _, namespace = service.partition(".")
    slices = view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
    own = (one for one in slices if (one.service, one.namespace) == (name, namespace))
    return any(endpoint.ready for found in own for endpoint in found.endpoints)


def needs_workloads(view: View, context: str) -> bool:
    """Return whether no pod is ready behind some gateway, so that asking for what runs them is worth a question."""
    found = (service for service in gateways(view, context) if NETWORK in service.labels)
    return any(not has_ready_pod(view, context, service.full_name) for service in found)


@fact
def relabelled_workload(view: View, context: str, service: str) -> Workload | None:
    """Return the Deployment that a gateway Service without pods was meant to select: the one of its name."""
    found = services(view, context)[service]
    alone = [w for w in view.read(WORKLOADS, context) if w.namespace == found.namespace and w.replicas]
    return next((workload for workload in alone if workload.name == found.name), None)

"""`kubectl get namespaces,nodes,services,endpointslices,… -A -o json`: Kubernetes' own objects, kind by kind."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.kubernetes import resource_shapes
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import NetworkPolicy, network_policy
from kubectl_mcdiag.evidence.parsers.shapes import (
    decoded,
    listed,
    mapping,
    names,
    number,
    sequence,
    text,
    texts,
    written,
)


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace with what Istio reads of it."""

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """A node with its locality labels, pod ranges and the addresses of type ExternalIP."""

    name: str
    labels: dict[str, str]
    pod_cidrs: tuple[str, ...]
    external_ips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service."""

    name: str
    port: int
    protocol: str
    target_port: str
    app_protocol: str


@dataclass(frozen=True, slots=True)
class Service:
    """A Service; `ingress` are the addresses and `ingress_hosts` the host names a load balancer gave it."""

    name: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]
    type: str
    cluster_ip: str
    selector: dict[str, str]
    ports: tuple[ServicePort, ...]
    external_ips: tuple[str, ...]
    external_name: str
    ingress: tuple[str, ...]
    ingress_hosts: tuple[str, ...]
    internal_traffic_policy: str
    traffic_distribution: str

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"

    @property
    def is_headless(self) -> bool:
        """Whether the Service has no address of its own."""
        return self.cluster_ip == "None"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address behind a Service; `pod` is empty where no pod stands behind it."""

    address: str
    ready: bool
    pod: str
    node: str


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """A slice of a Service's endpoints; `ports` maps the port's name to its number."""

    namespace: str
    service: str
    endpoints: tuple[Endpoint, ...]
    ports: dict[str, int]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One hook of a MutatingWebhookConfiguration, as far as injection needs it.

    `authority` is its CA as PEM, `index` its place among the hooks.
    """

    configuration: str
    name: str
    labels: dict[str, str]
    service: str
    path: str
    url: str
    authority: str
    index: int


@dataclass(frozen=True, slots=True)
class Resources:
    """What one cluster holds."""

    namespaces: tuple[Namespace, ...]
    nodes: tuple[Node, ...]
    services: tuple[Service, ...]
    endpoint_slices: tuple[EndpointSlice, ...]
    webhooks: tuple[Webhook, ...]
    network_policies: tuple[NetworkPolicy, ...]


def redact(output: str) -> str:
    """Keep of each object what `parse` reads, and nothing of objects of other kinds."""
    return written(resource_shapes.pruned(item) for item in listed(output) if resource_shapes.is_read(item))


_EXTERNAL = "ExternalIP"


def _addresses(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [mapping(entry) for entry in sequence(mapping(node.get("status")).get("addresses"))]


def parse(output: str) -> Resources:
    """Return the objects of a List, kind by kind; other kinds are ignored."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in listed(output):
        kinds.setdefault(text(item.get("kind")), []).append(item)
    return Resources(
        namespaces=tuple(_namespace(item) for item in kinds.get("Namespace", ())),
        nodes=tuple(_node(item) for item in kinds.get("Node", ())),
        services=tuple(_service(item) for item in kinds.get("Service", ())),
        endpoint_slices=tuple(_slice(item) for item in kinds.get("EndpointSlice", ())),
        webhooks=tuple(hook for item in kinds.get("MutatingWebhookConfiguration", ()) for hook in _webhooks(item)),
        network_policies=tuple(filter(None, map(network_policy, kinds.get("NetworkPolicy", ())))),
    )


def _namespace(item: dict[str, Any]) -> Namespace:
    meta = mapping(item.get("metadata"))
    return Namespace(text(meta.get("name")), texts(meta.get("labels")), texts(meta.get("annotations")))


def _node(item: dict[str, Any]) -> Node:
    meta, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    cidrs = names(spec.get("podCIDRs")) or tuple(filter(None, [text(spec.get("podCIDR"))]))
    external = tuple(text(entry.get("address")) for entry in _addresses(item) if entry.get("type") == _EXTERNAL)
    return Node(text(meta.get("name")), texts(meta.get("labels")), cidrs, external)


def _service(item: dict[str, Any]) -> Service:
    meta, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    ingress = [
        mapping(entry) for entry in sequence(mapping(mapping(item.get("status")).get("loadBalancer")).get("ingress"))
    ]
    return Service(
        name=text(meta.get("name")),
        namespace=text(meta.get("namespace")),
        labels=texts(meta.get("labels")),
        annotations=texts(meta.get("annotations")),
        type=text(spec.get("type")),
        cluster_ip=text(spec.get("clusterIP")),
        selector=texts(spec.get("selector")),
        ports=tuple(_port(mapping(port)) for port in sequence(spec.get("ports"))),
        external_ips=names(spec.get("externalIPs")),
        external_name=text(spec.get("externalName")),
        ingress=tuple(text(entry["ip"]) for entry in ingress if entry.get("ip")),
        ingress_hosts=tuple(text(entry["hostname"]) for entry in ingress if entry.get("hostname")),
        internal_traffic_policy=text(spec.get("internalTrafficPolicy")),
        traffic_distribution=text(spec.get("trafficDistribution")),
    )


def _port(port: dict[str, Any]) -> ServicePort:
    return ServicePort(
        name=text(port.get("name")),
        port=number(port.get("port")),
        protocol=text(port.get("protocol")) or "TCP",
        target_port=text(port.get("targetPort")),
        app_protocol=text(port.get("appProtocol")),
    )


def _slice(item: dict[str, Any]) -> EndpointSlice:
    meta = mapping(item.get("metadata"))
    return EndpointSlice(
        namespace=text(meta.get("namespace")),
        service=texts(meta.get("labels")).get("kubernetes.io/service-name", ""),
        endpoints=tuple(
            endpoint for entry in sequence(item.get("endpoints")) for endpoint in _endpoints(mapping(entry))
        ),
        ports={text(mapping(p).get("name")): number(mapping(p).get("port")) for p in sequence(item.get("ports"))},
        name=text(meta.get("name")),
    )


def _endpoints(entry: dict[str, Any]) -> list[Endpoint]:
    reference = mapping(entry.get("targetRef"))
    # Kubernetes: an absent `ready` is to be read as true.
    ready = mapping(entry.get("conditions")).get("ready") is not False
    pod = text(reference.get("name")) if reference.get("kind") == "Pod" else ""
    return [Endpoint(address, ready, pod, text(entry.get("nodeName"))) for address in names(entry.get("addresses"))]


def _webhooks(item: dict[str, Any]) -> list[Webhook]:
    meta = mapping(item.get("metadata"))
    found = []
    for index, entry in enumerate(sequence(item.get("webhooks"))):
        hook = mapping(entry)
        client = mapping(hook.get("clientConfig"))
        service = mapping(client.get("service"))
        found.append(
            Webhook(
                configuration=text(meta.get("name")),
                name=text(hook.get("name")),
                labels=texts(meta.get("labels")),
                service=text(service.get("name")),
                path=text(service.get("path")),
                url=text(client.get("url")),
                authority=decoded(text(client.get("caBundle"))),
                index=index,
            )
        )
    return found

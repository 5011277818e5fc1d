"""Small meshes made in code: a cluster is a list of the objects in it, and has what every cluster has."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from kubectl_mcdiag.evidence.commands import (
    CLUSTERZ,
    CONFIG_MAPS,
    ENDPOINT_SHARDS,
    ISTIO_CONFIG,
    NETWORKZ,
    PODS,
    RESOURCES,
    SECRETS,
)
from kubectl_mcdiag.evidence.model import Command, Invocation, Observation, Output, Settings, Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AuthorizationPolicy
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule, destination_rule
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import EnvoyFilter, RequestAuthentication, ServiceEntry
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import (
    Gateway,
    GatewayServer,
    IstioConfig,
    PeerAuthentication,
    Sidecar,
)
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import NetworkPolicy
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import (
    Endpoint,
    EndpointSlice,
    Namespace,
    Node,
    Resources,
    Service,
    ServicePort,
    Webhook,
)
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import VirtualService
from kubectl_mcdiag.mesh.view import View

SYSTEM = "istio-system"
NETWORK = "topology.istio.io/network"
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
Cluster = dict[tuple[Command[Any], str], Any]
_RESOURCES = (Namespace, Node, Service, EndpointSlice, Webhook, NetworkPolicy)
_CONFIG: dict[type, str] = {
    Gateway: "gateways",
    DestinationRule: "destination_rules",
    PeerAuthentication: "peer_authentications",
    Sidecar: "sidecars",
    AuthorizationPolicy: "authorization_policies",
    VirtualService: "virtual_services",
    ServiceEntry: "service_entries",
    EnvoyFilter: "envoy_filters",
    RequestAuthentication: "request_authentications",
}


def view(clusters: Mapping[str, Cluster], **settings: Any) -> View:
    """Return these clusters as they are seen."""
    found = {
        (command.key, context, target): Observation(Invocation(command, context, target, (), ()), Output(), value)
        for context, cluster in clusters.items()
        for (command, target), value in cluster.items()
    }
    contexts = tuple(context for context in clusters if context)
    return View(Snapshot(contexts, MOMENT, Settings(**settings), found))


def cluster(*things: Any, mesh: str = "", network: str = "", more: Mapping[Command[Any], Any] | None = None) -> Cluster:
    """Return a cluster that holds these objects, and a system namespace on a network with the mesh's configuration.

    `more`: the answers to other commands.
    """
    home = namespace(SYSTEM, {NETWORK: network} if network else {})
    own = [thing for thing in things if isinstance(thing, Namespace) and thing.name == SYSTEM]
    placed = (_placed(thing, network) for thing in things)
    everything = (*placed, *([] if own else [home]), ConfigMap("istio", {}, {"mesh": mesh}))
    answers: Cluster = {
        (PODS, ""): _of(Pod, everything),
        (RESOURCES, ""): Resources(*(_of(kind, everything) for kind in _RESOURCES)),
        (CONFIG_MAPS, ""): _of(ConfigMap, everything),
        (ISTIO_CONFIG, ""): istio_config(everything),
        (SECRETS, ""): (),
    }
    for one in _of(Pod, everything):
        if one.labels.get("app") == "istiod":
            answers |= {(command, one.full_name): () for command in (CLUSTERZ, ENDPOINT_SHARDS, NETWORKZ)}
    return answers | {key if isinstance(key, tuple) else (key, ""): value for key, value in (more or {}).items()}


def _placed(thing: Any, network: str) -> Any:
    """Return a pod with what the injector of a network writes into it."""
    if not network or not isinstance(thing, Pod) or not thing.is_injected:
        return thing
    return replace(thing, environment={"ISTIO_META_NETWORK": network, **thing.environment})


def _of(kind: type, things: Any) -> Any:
    return tuple(thing for thing in things if isinstance(thing, kind))


def istio_config(things: Any) -> IstioConfig:
    """Return the objects of Istio among these."""
    blank = IstioConfig(**{field.name: () for field in fields(IstioConfig)})
    return replace(blank, **{part: _of(kind, things) for kind, part in _CONFIG.items()})


def named(full_name: str) -> tuple[str, str]:
    """Return the name and the namespace of `name.namespace`."""
    name, _, space = full_name.partition(".")
    return name, space or "shop"


def pod(full_name: str, labels: Mapping[str, str] | None = None, *containers: str, **more: Any) -> Pod:
    """Return a Running pod, with a sidecar unless other containers are named."""
    name, space = named(full_name)
    usual = Pod(name, space, dict(labels or {}), "", False, "Running", (), "", True, (), (), {}, "1.31.0")
    return replace(usual, containers=containers or ("app", "istio-proxy"), **more)


def bare(full_name: str, labels: Mapping[str, str] | None = None, **more: Any) -> Pod:
    """Return a Running pod without a sidecar."""
    return pod(full_name, labels, "app", **more)


def gateway(full_name: str, labels: Mapping[str, str] | None = None, **more: Any) -> Pod:
    """Return the Running pod of a gateway."""
    return pod(full_name, labels, "istio-proxy", **more)


def istiod(name: str = "istiod-1", cluster_id: str = "", revision: str = "", **more: Any) -> Pod:
    """Return a Running pod of istiod."""
    labels = {"app": "istiod", **({"istio.io/rev": revision} if revision else {})}
    known = {"CLUSTER_ID": cluster_id} if cluster_id else {}
    return pod(f"{name}.{SYSTEM}", labels, "discovery", **{"environment": known, **more})


def namespace(name: str, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None) -> Any:
    """Return a namespace."""
    return Namespace(name, dict(labels or {}), dict(annotations or {}))


def port(name: str, number: int, protocol: str = "TCP", target: str = "", application: str = "") -> ServicePort:
    """Return one port of a Service."""
    return ServicePort(name=name, port=number, protocol=protocol, target_port=target, app_protocol=application)


def service(full_name: str, selector: Mapping[str, str] | None = None, *ports: int, **more: Any) -> Service:
    """Return a Service of type ClusterIP; without a selector it has the one for its own name."""
    name, space = named(full_name)
    listed = tuple(port(f"p{number}", number) for number in ports)
    chosen = {"app": name} if selector is None else dict(selector)
    usual = Service(name, space, {}, {}, "ClusterIP", "10.0.0.1", chosen, listed, (), "", (), (), "", "")
    return replace(usual, **more)


def endpoints(full_name: str, *backends: Endpoint, **ports: int) -> EndpointSlice:
    """Return a slice of a Service."""
    name, space = named(full_name)
    return EndpointSlice(space, name, backends, ports, name)


def endpoint(address: str, pod: str = "", *, ready: bool = True) -> Endpoint:
    """Return one endpoint."""
    return Endpoint(address, ready, pod, "")


def served(full_name: str, *addresses: str, **more: Any) -> list[Any]:
    """Return a Service, its slice, and one pod with a sidecar for each address."""
    name, space = named(full_name)
    pods = [
        pod(f"{name}-{place}.{space}", {"app": name}, addresses=(address,), **more)
        for place, address in enumerate(addresses)
    ]
    ends = (endpoint(address, one.name) for address, one in zip(addresses, pods, strict=True))
    return [service(full_name, None, 80), endpoints(full_name, *ends), *pods]


def webhook(service: str = "istiod", labels: Mapping[str, str] | None = None, path: str = "", url: str = "") -> Webhook:
    """Return a webhook of the injector."""
    return Webhook("istio-sidecar-injector", "hook", dict(labels or {}), service, path, url, "", 0)


def rule(full_name: str, spec: Mapping[str, Any]) -> DestinationRule:
    """Return a DestinationRule."""
    name, space = named(full_name)
    return destination_rule(name, space, dict(spec))


def exposing(
    full_name: str, *hosts: str, port: int = 15443, mode: str = "AUTO_PASSTHROUGH", **selector: str
) -> Gateway:
    """Return a Gateway that exposes hosts on the pods that it selects."""
    name, space = named(full_name)
    shape = {"port": port, "protocol": "TLS", "tls_mode": mode, "hosts": hosts, "tls": {"mode": mode}}
    server = GatewayServer(**{one.name: shape[one.name] for one in fields(GatewayServer)})
    return Gateway(name, space, selector, (server,))


def flat(*things: Any) -> list[Any]:
    """Return things and lists of things as one list."""
    return list(chain.from_iterable(thing if isinstance(thing, list) else [thing] for thing in things))

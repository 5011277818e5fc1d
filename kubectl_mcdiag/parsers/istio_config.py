"""`kubectl get gateways.networking.istio.io,… -A -o json`: Istio's own configuration, kind by kind."""

import json
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.parsers.shapes import load_json, mapping, names, number, sequence, text, texts


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """One server of a Gateway."""

    port: int
    protocol: str
    tls_mode: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """An Istio Gateway (networking.istio.io)."""

    name: str
    namespace: str
    selector: dict[str, str]
    servers: tuple[GatewayServer, ...]


@dataclass(frozen=True, slots=True)
class Subset:
    """A named part of a service's endpoints."""

    name: str
    labels: dict[str, str]
    tls_modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """A DestinationRule; `tls_modes` are those of the host and of its ports."""

    name: str
    namespace: str
    host: str
    export_to: tuple[str, ...]
    tls_modes: tuple[str, ...]
    subsets: tuple[Subset, ...]
    has_outlier_detection: bool
    has_locality_setting: bool
    locality_enabled: bool
    selector: dict[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """One destination of a VirtualService and the share of calls it takes, in percent (0 where none is set)."""

    host: str
    subset: str
    weight: int


@dataclass(frozen=True, slots=True)
class VirtualService:
    """A VirtualService; `routes` are all destinations of its HTTP, TLS and TCP rules."""

    name: str
    namespace: str
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    export_to: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class PeerAuthentication:
    """A PeerAuthentication; `mode` is empty where it inherits."""

    name: str
    namespace: str
    selector: dict[str, str]
    mode: str
    port_modes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A Sidecar; `egress_hosts` is None where it says nothing of egress."""

    name: str
    namespace: str
    selector: dict[str, str]
    egress_hosts: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class IstioConfig:
    """The Istio objects of one cluster."""

    gateways: tuple[Gateway, ...]
    destination_rules: tuple[DestinationRule, ...]
    virtual_services: tuple[VirtualService, ...]
    peer_authentications: tuple[PeerAuthentication, ...]
    sidecars: tuple[Sidecar, ...]


def redact(output: str) -> str:
    """Keep names, labels and specs."""
    items = []
    for entry in sequence(mapping(load_json(output)).get("items")):
        item = mapping(entry)
        meta = mapping(item.get("metadata"))
        kept = {key: meta[key] for key in ("name", "namespace", "labels") if key in meta}
        items.append({"kind": item.get("kind"), "metadata": kept, "spec": item.get("spec")})
    return json.dumps({"items": items}, indent=1)


def parse(output: str) -> IstioConfig:
    """Return the objects of a List; kinds that no check reads are ignored."""
    kinds: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for entry in sequence(mapping(load_json(output)).get("items")):
        item = mapping(entry)
        meta = mapping(item.get("metadata"))
        kinds.setdefault(text(item.get("kind")), []).append(
            (text(meta.get("name")), text(meta.get("namespace")), mapping(item.get("spec")))
        )
    return IstioConfig(
        gateways=tuple(_gateway(*item) for item in kinds.get("Gateway", ())),
        destination_rules=tuple(_destination_rule(*item) for item in kinds.get("DestinationRule", ())),
        virtual_services=tuple(_virtual_service(*item) for item in kinds.get("VirtualService", ())),
        peer_authentications=tuple(_peer_authentication(*item) for item in kinds.get("PeerAuthentication", ())),
        sidecars=tuple(_sidecar(*item) for item in kinds.get("Sidecar", ())),
    )


def _gateway(name: str, namespace: str, spec: dict[str, Any]) -> Gateway:
    servers = tuple(_server(mapping(entry)) for entry in sequence(spec.get("servers")))
    return Gateway(name, namespace, texts(spec.get("selector")), servers)


def _server(entry: dict[str, Any]) -> GatewayServer:
    port = mapping(entry.get("port"))
    return GatewayServer(
        port=number(port.get("number")),
        protocol=text(port.get("protocol")),
        # Istio's default where `tls` is given without a mode is PASSTHROUGH (enum value 0).
        tls_mode=text(mapping(entry.get("tls")).get("mode")) or ("PASSTHROUGH" if entry.get("tls") else ""),
        hosts=names(entry.get("hosts")),
    )


def _destination_rule(name: str, namespace: str, spec: dict[str, Any]) -> DestinationRule:
    policy = mapping(spec.get("trafficPolicy"))
    balancer = mapping(policy.get("loadBalancer"))
    locality = mapping(balancer.get("localityLbSetting"))
    return DestinationRule(
        name=name,
        namespace=namespace,
        host=text(spec.get("host")),
        export_to=names(spec.get("exportTo")),
        tls_modes=_tls_modes(policy),
        subsets=tuple(_subset(mapping(entry)) for entry in sequence(spec.get("subsets"))),
        has_outlier_detection="outlierDetection" in policy
        or any("outlierDetection" in mapping(port) for port in sequence(policy.get("portLevelSettings"))),
        has_locality_setting=bool(locality),
        locality_enabled=locality.get("enabled") is not False,
        selector=texts(mapping(spec.get("workloadSelector")).get("matchLabels")),
    )


def _tls_modes(policy: dict[str, Any]) -> tuple[str, ...]:
    policies = [policy, *(mapping(port) for port in sequence(policy.get("portLevelSettings")))]
    # A `tls` block without a mode is DISABLE (enum value 0).
    return tuple(text(mapping(one["tls"]).get("mode")) or "DISABLE" for one in policies if one.get("tls") is not None)


def _subset(entry: dict[str, Any]) -> Subset:
    return Subset(text(entry.get("name")), texts(entry.get("labels")), _tls_modes(mapping(entry.get("trafficPolicy"))))


def _virtual_service(name: str, namespace: str, spec: dict[str, Any]) -> VirtualService:
    rules = [mapping(rule) for kind in ("http", "tls", "tcp") for rule in sequence(spec.get(kind))]
    routes = tuple(_route(mapping(route)) for rule in rules for route in sequence(rule.get("route")))
    return VirtualService(
        name,
        namespace,
        names(spec.get("hosts")),
        names(spec.get("gateways")),
        names(spec.get("exportTo")),
        routes,
    )


def _route(entry: dict[str, Any]) -> Route:
    destination = mapping(entry.get("destination"))
    return Route(text(destination.get("host")), text(destination.get("subset")), number(entry.get("weight")))


def _peer_authentication(name: str, namespace: str, spec: dict[str, Any]) -> PeerAuthentication:
    ports = {key: text(mapping(value).get("mode")) for key, value in mapping(spec.get("portLevelMtls")).items()}
    return PeerAuthentication(
        name,
        namespace,
        texts(mapping(spec.get("selector")).get("matchLabels")),
        text(mapping(spec.get("mtls")).get("mode")),
        ports,
    )


def _sidecar(name: str, namespace: str, spec: dict[str, Any]) -> Sidecar:
    egress = spec.get("egress")
    hosts = None
    if egress is not None:
        hosts = tuple(host for entry in sequence(egress) for host in names(mapping(entry).get("hosts")))
    return Sidecar(name, namespace, texts(mapping(spec.get("workloadSelector")).get("labels")), hosts)

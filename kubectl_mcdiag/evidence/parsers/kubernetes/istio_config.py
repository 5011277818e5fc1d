"""`kubectl get gateways.networking.istio.io,… -A -o json`: Istio's own configuration, kind by kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kubectl_mcdiag.evidence.parsers.kubernetes import istio_shapes
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AuthorizationPolicy, authorization_policy
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule, destination_rule
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import (
    EnvoyFilter,
    RequestAuthentication,
    ServiceEntry,
    envoy_filter,
    request_authentication,
    service_entry,
)
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_shapes import ABOUT
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import Route, VirtualService, virtual_service
from kubectl_mcdiag.evidence.parsers.shapes import listed, mapping, names, number, sequence, text, texts, written
from kubectl_mcdiag.evidence.redaction import kept


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """One server of a Gateway; `tls`: what it declares of TLS, as far as it is read."""

    port: int
    protocol: str
    tls_mode: str
    hosts: tuple[str, ...]
    tls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gateway:
    """An Istio Gateway (networking.istio.io)."""

    name: str
    namespace: str
    selector: dict[str, str]
    servers: tuple[GatewayServer, ...]


@dataclass(frozen=True, slots=True)
class PeerAuthentication:
    """A PeerAuthentication; `mode` is empty where it inherits, `created` in recordings older than that field."""

    name: str
    namespace: str
    selector: dict[str, str]
    mode: str
    port_modes: dict[str, str]
    created: str = ""

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


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
    authorization_policies: tuple[AuthorizationPolicy, ...]
    service_entries: tuple[ServiceEntry, ...] = ()
    envoy_filters: tuple[EnvoyFilter, ...] = ()
    request_authentications: tuple[RequestAuthentication, ...] = ()


__all__ = ("Route", "VirtualService")


def redact(output: str) -> str:
    """Keep names, labels and of each spec what `parse` reads; of other kinds nothing."""
    return written(_redacted(item) for item in listed(output) if text(item.get("kind")) in _PUBLIC)


def _redacted(item: dict[str, Any]) -> dict[str, Any]:
    kind = text(item.get("kind"))
    spec = _PUBLIC[kind](mapping(item.get("spec")))
    return {"kind": kind, "metadata": kept(ABOUT, mapping(item.get("metadata"))), "spec": spec}


_PUBLIC: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Gateway": partial(kept, istio_shapes.GATEWAY),
    "DestinationRule": partial(kept, istio_shapes.DESTINATION_RULE),
    "VirtualService": partial(kept, istio_shapes.VIRTUAL_SERVICE),
    "Sidecar": partial(kept, istio_shapes.SIDECAR),
    "PeerAuthentication": partial(kept, istio_shapes.PEER_AUTHENTICATION),
    "AuthorizationPolicy": istio_shapes.authorization_policy,
    "ServiceEntry": partial(kept, istio_shapes.SERVICE_ENTRY),
    "EnvoyFilter": partial(kept, istio_shapes.ENVOY_FILTER),
    "RequestAuthentication": partial(kept, istio_shapes.REQUEST_AUTHENTICATION),
}


def parse(output: str) -> IstioConfig:
    """Return the objects of a List, the oldest of each kind first; kinds that no check reads are ignored.

    Where several objects compete, the oldest decides, then the name (Istio 1.31 `pilot/pkg/model/config.go`,
    `sortConfigByCreationTime`).
    """
    kinds: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    items = sorted(listed(output), key=_age)
    for item in items:
        meta = mapping(item.get("metadata"))
        kinds.setdefault(text(item.get("kind")), []).append(
            (text(meta.get("name")), text(meta.get("namespace")), mapping(item.get("spec")))
        )
    return IstioConfig(
        gateways=tuple(_gateway(*item) for item in kinds.get("Gateway", ())),
        destination_rules=tuple(destination_rule(*item) for item in kinds.get("DestinationRule", ())),
        virtual_services=tuple(virtual_service(*item) for item in kinds.get("VirtualService", ())),
        peer_authentications=tuple(
            _peer_authentication(mapping(item.get("metadata")), mapping(item.get("spec")))
            for item in items
            if item.get("kind") == "PeerAuthentication"
        ),
        sidecars=tuple(_sidecar(*item) for item in kinds.get("Sidecar", ())),
        authorization_policies=tuple(authorization_policy(*item) for item in kinds.get("AuthorizationPolicy", ())),
        service_entries=tuple(service_entry(*item) for item in kinds.get("ServiceEntry", ())),
        envoy_filters=tuple(envoy_filter(*item) for item in kinds.get("EnvoyFilter", ())),
        request_authentications=tuple(request_authentication(*item) for item in kinds.get("RequestAuthentication", ())),
    )


def _age(item: dict[str, Any]) -> tuple[str, str, str]:
    about = mapping(item.get("metadata"))
    return text(about.get("creationTimestamp")), text(about.get("name")), text(about.get("namespace"))


def _gateway(name: str, namespace: str, spec: dict[str, Any]) -> Gateway:
    servers = tuple(_server(mapping(entry)) for entry in sequence(spec.get("servers")))
    return Gateway(name, namespace, texts(spec.get("selector")), servers)


def _server(entry: dict[str, Any]) -> GatewayServer:
    port = mapping(entry.get("port"))
    mode = text(mapping(entry.get("tls")).get("mode"))
    return GatewayServer(
        port=number(port.get("number")),
        protocol=text(port.get("protocol")),
        # Istio's default where `tls` is given without a mode is PASSTHROUGH (enum value 0).
        tls_mode=mode or ("PASSTHROUGH" if entry.get("tls") else ""),
        hosts=names(entry.get("hosts")),
        tls={"mode": mode} if mode else {},
    )


def _peer_authentication(meta: dict[str, Any], spec: dict[str, Any]) -> PeerAuthentication:
    ports = {key: text(mapping(value).get("mode")) for key, value in mapping(spec.get("portLevelMtls")).items()}
    return PeerAuthentication(
        text(meta.get("name")),
        text(meta.get("namespace")),
        texts(mapping(spec.get("selector")).get("matchLabels")),
        text(mapping(spec.get("mtls")).get("mode")),
        ports,
        text(meta.get("creationTimestamp")),
    )


def _sidecar(name: str, namespace: str, spec: dict[str, Any]) -> Sidecar:
    egress = spec.get("egress")
    hosts = None
    if egress is not None:
        hosts = tuple(host for entry in sequence(egress) for host in names(mapping(entry).get("hosts")))
    return Sidecar(name, namespace, texts(mapping(spec.get("workloadSelector")).get("labels")), hosts)

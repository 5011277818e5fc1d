"""`kubectl -n istio-system get configmaps -o json`: mesh and injection settings, root certificates, nothing else."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import LABEL_VALUE, NAME
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.kubernetes import configmap_shapes
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import Locality, locality
from kubectl_mcdiag.evidence.parsers.shapes import (
    listed,
    load_json,
    load_yaml,
    mapping,
    names,
    sequence,
    text,
    texts,
    written,
)
from kubectl_mcdiag.evidence.redaction import Each, kept

INJECTOR = "istio-sidecar-injector"
MESH = "istio"
ROOTS = frozenset({"istio-ca-root-cert", "kube-root-ca.crt"})
OF_REVISION = (MESH, INJECTOR)
"""Those that each revision of istiod has for itself: `istio`, `istio-REVISION`."""
NAMES = (*sorted(ROOTS), *OF_REVISION)


@dataclass(frozen=True, slots=True)
class ServiceSetting:
    """`serviceSettings[]`: whether these hosts stay inside their cluster."""

    hosts: tuple[str, ...]
    cluster_local: bool


@dataclass(frozen=True, slots=True)
class ServiceScope:
    """`serviceScopeConfigs[]`: the scope of the services whose labels, and whose namespace's, are selected."""

    scope: str
    services: dict[str, Any]
    namespaces: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """`caCertificates[]`: more roots that proxies trust (PEM), and the trust domains that they are good for."""

    pem: str
    trust_domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeshNetwork:
    """A network of `meshNetworks`: the cluster IDs and address ranges of its endpoints."""

    registries: tuple[str, ...]
    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeshConfig:
    """What decides about multicluster in the ConfigMap `istio`; defaults are those of Istio 1.31."""

    trust_domain: str = "cluster.local"
    trust_domain_aliases: tuple[str, ...] = ()
    service_settings: tuple[ServiceSetting, ...] = ()
    service_scopes: tuple[ServiceScope, ...] = ()
    discovery_selectors: tuple[dict[str, Any], ...] = ()
    default_service_export_to: tuple[str, ...] = ()
    default_destination_rule_export_to: tuple[str, ...] = ()
    networks: dict[str, MeshNetwork] = field(default_factory=dict)
    locality: Locality | None = None
    is_zone_aware: bool = False
    is_registry_only: bool = False
    root_namespace: str = ""
    ca_certificates: tuple[TrustAnchors, ...] = ()


@dataclass(frozen=True, slots=True)
class Injection:
    """What the webhook writes into new proxies; empty where it leaves a value to its default or its path."""

    cluster: str = ""
    mesh: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap of the system namespace with those of its keys that are kept."""

    name: str
    labels: dict[str, str]
    data: dict[str, str]


def redact(output: str) -> str:
    """Keep of Istio's ConfigMaps and of the two with roots what `parse` reads, and nothing of any other."""
    return written(found for item in _items(output) if (found := _redacted(item)))


def _redacted(item: dict[str, Any]) -> dict[str, Any]:
    meta, data = kept(_ABOUT, mapping(item.get("metadata"))), mapping(item.get("data"))
    name = text(meta.get("name"))
    readers = {key: _READERS[key] for key in _keys(name)}
    found = {key: read(text(data[key])) for key, read in readers.items() if key in data}
    return {"metadata": meta, "data": found} if readers else {}


def _keys(name: str) -> tuple[str, ...]:
    """Return the keys that are read of a ConfigMap; those of other revisions end in theirs."""
    if name in ROOTS:
        return ("root-cert.pem", "ca.crt")
    if name.startswith(INJECTOR):
        return ("values",)
    return ("mesh", "meshNetworks") if name == MESH or name.startswith(f"{MESH}-") else ()


def _mesh(value: str) -> str:
    return _document(configmap_shapes.MESH, value)


def _networks(value: str) -> str:
    return _document(configmap_shapes.NETWORKS, value)


def _document(shape: Any, value: str) -> str:
    """Return the YAML of what is read; of what cannot be read one that cannot be, either."""
    try:
        found = kept(shape, load_yaml(value))
    except ParseError as error:
        return f"- this is not a mesh configuration that can be read{_line(error)}\n"
    written: str = yaml.safe_dump(found or {}, sort_keys=False)
    return written


def _line(error: ParseError) -> str:
    # Both the place in a shape and a line's number are constant words.
    return f" ({error})"


def _injected(values: str) -> str:
    """Keep of the values for injection the identity that a proxy is given."""
    try:
        return json.dumps(kept(configmap_shapes.VALUES, load_json(values)))
    except ParseError:
        return "{}"


_ABOUT = {"name": NAME, "labels": Each(LABEL_VALUE)}
_READERS = {
    "mesh": _mesh,
    "meshNetworks": _networks,
    "values": _injected,
    "root-cert.pem": certificates.redact,
    "ca.crt": certificates.redact,
}


def parse(output: str) -> tuple[ConfigMap, ...]:
    """Return the ConfigMaps of a List."""
    return tuple(_config_map(item) for item in _items(output))


def _items(output: str) -> list[dict[str, Any]]:
    # Where there is none of those asked for, kubectl prints nothing.
    return listed(output) if output.strip() else []


def asked(revisions: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the ConfigMaps that are read where istiod has these revisions."""
    others = (revision for revision in dict.fromkeys(revisions) if revision not in ("", "default"))
    own = (f"{name}-{revision}" for revision in others for name in OF_REVISION)
    return (*NAMES, *own)


def _config_map(item: dict[str, Any]) -> ConfigMap:
    meta = mapping(item.get("metadata"))
    return ConfigMap(text(meta.get("name")), texts(meta.get("labels")), texts(item.get("data")))


def mesh_config(config_map: ConfigMap) -> MeshConfig:
    """Read the YAML in key `mesh` (and `meshNetworks`); raise `ParseError` where it is none."""
    return _mesh_config(config_map.data.get("mesh", ""), config_map.data.get("meshNetworks", ""))


# While a mesh is read, whatever arrives makes somebody look at it again.
@lru_cache(64)
def _mesh_config(mesh_yaml: str, networks_yaml: str) -> MeshConfig:
    mesh = mapping(load_yaml(mesh_yaml))
    networks = mapping(load_yaml(networks_yaml))
    zones = mesh.get("zoneAwareLbSetting")
    return MeshConfig(
        trust_domain=text(mesh.get("trustDomain")) or "cluster.local",
        trust_domain_aliases=names(mesh.get("trustDomainAliases")),
        service_settings=tuple(
            ServiceSetting(
                hosts=names(mapping(entry).get("hosts")),
                cluster_local=mapping(mapping(entry).get("settings")).get("clusterLocal") is True,
            )
            for entry in sequence(mesh.get("serviceSettings"))
        ),
        service_scopes=tuple(_service_scope(mapping(entry)) for entry in sequence(mesh.get("serviceScopeConfigs"))),
        discovery_selectors=tuple(mapping(entry) for entry in sequence(mesh.get("discoverySelectors"))),
        default_service_export_to=names(mesh.get("defaultServiceExportTo")),
        default_destination_rule_export_to=names(mesh.get("defaultDestinationRuleExportTo")),
        networks={str(name): _network(mapping(spec)) for name, spec in mapping(networks.get("networks")).items()},
        locality=locality(mesh.get("localityLbSetting")),
        is_zone_aware=zones is not None and mapping(zones).get("enabled") is not False,
        is_registry_only=mapping(mesh.get("outboundTrafficPolicy")).get("mode") == "REGISTRY_ONLY",
        root_namespace=text(mesh.get("rootNamespace")),
        ca_certificates=tuple(
            TrustAnchors(text(mapping(entry).get("pem")), names(mapping(entry).get("trustDomains")))
            for entry in sequence(mesh.get("caCertificates"))
        ),
    )


def injection(config_map: ConfigMap) -> Injection:
    """Read the JSON in key `values` of the injector's ConfigMap; raise `ParseError` where it is none."""
    return _injection(config_map.data.get("values") or "{}")


@lru_cache(64)
def _injection(values: str) -> Injection:
    settings = mapping(mapping(load_json(values)).get("global"))
    return Injection(
        cluster=text(mapping(settings.get("multiCluster")).get("clusterName")),
        mesh=text(settings.get("meshID")),
        network=text(settings.get("network")),
    )


def _network(spec: dict[str, Any]) -> MeshNetwork:
    endpoints = [mapping(entry) for entry in sequence(spec.get("endpoints"))]
    return MeshNetwork(
        registries=tuple(text(entry["fromRegistry"]) for entry in endpoints if entry.get("fromRegistry")),
        ranges=tuple(text(entry["fromCidr"]) for entry in endpoints if entry.get("fromCidr")),
    )


def _service_scope(entry: dict[str, Any]) -> ServiceScope:
    return ServiceScope(
        scope=text(entry.get("scope")) or "LOCAL",
        services=mapping(entry.get("servicesSelector")),
        namespaces=mapping(entry.get("namespaceSelector")),
    )

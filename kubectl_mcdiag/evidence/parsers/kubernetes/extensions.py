"""Istio's objects that add to others: ServiceEntry, EnvoyFilter, RequestAuthentication."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, number, sequence, text, texts


@dataclass(frozen=True, slots=True)
class Workload:
    """An endpoint that somebody wrote down; `network` is empty where it is the cluster's own."""

    address: str
    labels: dict[str, str]
    network: str


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A ServiceEntry; `ports` are its numbers."""

    name: str
    namespace: str
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    export_to: tuple[str, ...]
    endpoints: tuple[Workload, ...]
    selector: dict[str, str]

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of an EnvoyFilter: what it is applied to, where, and the name and type of what it puts there."""

    apply_to: str
    context: str
    name: str
    type_url: str


@dataclass(frozen=True, slots=True)
class EnvoyFilter:
    """An EnvoyFilter; without `selector` it is for all proxies of its namespace, or of the mesh."""

    name: str
    namespace: str
    selector: dict[str, str]
    has_targets: bool
    patches: tuple[Patch, ...]

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


@dataclass(frozen=True, slots=True)
class RequestAuthentication:
    """A RequestAuthentication; whose tokens it asks for is not read."""

    name: str
    namespace: str
    selector: dict[str, str]
    has_targets: bool

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


def service_entry(name: str, namespace: str, spec: dict[str, Any]) -> ServiceEntry:
    """Return the record of one object."""
    return ServiceEntry(
        name,
        namespace,
        hosts=names(spec.get("hosts")),
        ports=tuple(number(mapping(port).get("number")) for port in sequence(spec.get("ports"))),
        export_to=names(spec.get("exportTo")),
        endpoints=tuple(_workload(mapping(entry)) for entry in sequence(spec.get("endpoints"))),
        selector=texts(mapping(spec.get("workloadSelector")).get("labels")),
    )


def _workload(entry: dict[str, Any]) -> Workload:
    return Workload(text(entry.get("address")), texts(entry.get("labels")), text(entry.get("network")))


def envoy_filter(name: str, namespace: str, spec: dict[str, Any]) -> EnvoyFilter:
    """Return the record of one object."""
    return EnvoyFilter(
        name,
        namespace,
        texts(mapping(spec.get("workloadSelector")).get("labels")),
        bool(spec.get("targetRefs")),
        tuple(_patch(mapping(entry)) for entry in sequence(spec.get("configPatches"))),
    )


def _patch(entry: dict[str, Any]) -> Patch:
    patch = mapping(entry.get("patch"))
    value = mapping(patch.get("value"))
    return Patch(
        text(entry.get("applyTo")),
        text(mapping(entry.get("match")).get("context")) or "ANY",
        text(value.get("name")),
        text(mapping(value.get("typed_config")).get("@type")),
    )


def request_authentication(name: str, namespace: str, spec: dict[str, Any]) -> RequestAuthentication:
    """Return the record of one object."""
    return RequestAuthentication(
        name,
        namespace,
        texts(mapping(spec.get("selector")).get("matchLabels")),
        "targetRef" in spec or bool(spec.get("targetRefs")),
    )

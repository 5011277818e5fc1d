"""NetworkPolicies, as far as they decide whether pods of another cluster get in."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.parsers.shapes import mapping, names, sequence, text, texts


@dataclass(frozen=True, slots=True)
class IngressRule:
    """One way in. `ports`: numbers or names, empty for all. `ranges`: from these addresses.

    `is_open`: from anywhere. Selectors of pods and namespaces are left out: they never mean another cluster's.
    """

    ports: tuple[str, ...]
    ranges: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """A NetworkPolicy that is about ingress; `has_expressions` where its selector cannot be told by labels alone."""

    name: str
    namespace: str
    selector: dict[str, str]
    has_expressions: bool
    ingress: tuple[IngressRule, ...]


def network_policy(item: dict[str, Any]) -> NetworkPolicy | None:
    """Return what one object says of ingress, None where it is about egress alone."""
    meta, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    types = names(spec.get("policyTypes"))
    if types and "Ingress" not in types:
        return None
    selector = mapping(spec.get("podSelector"))
    return NetworkPolicy(
        name=text(meta.get("name")),
        namespace=text(meta.get("namespace")),
        selector=texts(selector.get("matchLabels")),
        has_expressions=bool(selector.get("matchExpressions")),
        ingress=tuple(_rule(mapping(rule)) for rule in sequence(spec.get("ingress"))),
    )


def _rule(rule: dict[str, Any]) -> IngressRule:
    peers = [mapping(peer) for peer in sequence(rule.get("from"))]
    blocks = tuple(text(mapping(peer["ipBlock"]).get("cidr")) for peer in peers if peer.get("ipBlock"))
    ports = tuple(text(mapping(port).get("port")) for port in sequence(rule.get("ports")))
    return IngressRule(ports, blocks, is_open=not peers)

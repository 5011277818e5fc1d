"""NetworkPolicies, as far as they decide whether calls between clusters get in and out."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, sequence, text


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for ingress or egress.

    `ports`: numbers, names or `first-last`, empty for all. `ranges`: from or to these addresses.

    `is_open`: from or to anywhere. `left_out`: ranges within these that are not meant (`except`). Selectors of pods and
    namespaces are left out: they never mean another cluster's.
    """

    ports: tuple[str, ...]
    ranges: tuple[str, ...]
    is_open: bool
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """A NetworkPolicy; `ingress` and `egress` are None where it is not about that direction."""

    name: str
    namespace: str
    selector: dict[str, Any]
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


def network_policy(item: dict[str, Any]) -> NetworkPolicy:
    """Return what one object says; without `policyTypes` it is about ingress, and about egress where it has rules."""
    meta, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    types = names(spec.get("policyTypes")) or ("Ingress", *(("Egress",) if spec.get("egress") else ()))
    return NetworkPolicy(
        name=text(meta.get("name")),
        namespace=text(meta.get("namespace")),
        selector=mapping(spec.get("podSelector")),
        ingress=_rules(spec.get("ingress"), "from") if "Ingress" in types else None,
        egress=_rules(spec.get("egress"), "to") if "Egress" in types else None,
    )


def _rules(rules: Any, peers: str) -> tuple[Rule, ...]:
    return tuple(_rule(mapping(rule), peers) for rule in sequence(rules) if _is_about_tcp(mapping(rule)))


def _is_about_tcp(rule: dict[str, Any]) -> bool:
    """Return whether a rule opens any TCP port: without a protocol, that is what is meant."""
    ports = [mapping(port) for port in sequence(rule.get("ports"))]
    return not ports or any(_is_tcp(port) for port in ports)


def _is_tcp(port: dict[str, Any]) -> bool:
    return text(port.get("protocol")) in ("", "TCP")


def _rule(rule: dict[str, Any], key: str) -> Rule:
    peers = [mapping(peer) for peer in sequence(rule.get(key))]
    blocks = [mapping(peer["ipBlock"]) for peer in peers if peer.get("ipBlock")]
    ports = [mapping(port) for port in sequence(rule.get("ports"))]
    return Rule(
        ports=tuple(_port(port) for port in ports if _is_tcp(port)),
        ranges=tuple(text(block.get("cidr")) for block in blocks),
        is_open=not peers,
        left_out=tuple(each for block in blocks for each in names(block.get("except"))),
    )


def _port(port: dict[str, Any]) -> str:
    """Return one port or range of them; without a number it is every port of its protocol."""
    first, last = text(port.get("port")) or "1", text(port.get("endPort"))
    return f"{first}-{last or '65535'}" if last or not port.get("port") else first

"""AuthorizationPolicies, as far as they are about who calls."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, sequence, text, texts


@dataclass(frozen=True, slots=True)
class Caller:
    """One `source`: the identities and namespaces it means. `is_partial`: it asks for more than these."""

    principals: tuple[str, ...]
    namespaces: tuple[str, ...]
    is_partial: bool


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One rule: any of `callers` (all, where there is none). `is_partial`: it asks for more than who calls."""

    callers: tuple[Caller, ...]
    is_partial: bool


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """An AuthorizationPolicy; `action` is ALLOW, DENY, AUDIT or CUSTOM.

    `has_targets`: it is about gateways or waypoints, not about pods by label.
    """

    name: str
    namespace: str
    selector: dict[str, str]
    has_targets: bool
    action: str
    rules: tuple[AccessRule, ...]

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


def authorization_policy(name: str, namespace: str, spec: dict[str, Any]) -> AuthorizationPolicy:
    """Return the record of one object."""
    return AuthorizationPolicy(
        name,
        namespace,
        texts(mapping(spec.get("selector")).get("matchLabels")),
        bool(spec.get("targetRef") or spec.get("targetRefs")),
        text(spec.get("action")) or "ALLOW",
        tuple(_rule(mapping(rule)) for rule in sequence(spec.get("rules"))),
    )


def _rule(rule: dict[str, Any]) -> AccessRule:
    callers = tuple(_caller(mapping(mapping(entry).get("source"))) for entry in sequence(rule.get("from")))
    return AccessRule(callers, is_partial=bool(rule.get("to") or rule.get("when")))


def _caller(source: dict[str, Any]) -> Caller:
    more = source.keys() - {"principals", "namespaces"}
    return Caller(names(source.get("principals")), names(source.get("namespaces")), is_partial=bool(more))

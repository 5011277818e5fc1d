"""Envoy's rules about who may call: RBAC and JSON Web Tokens."""

import msgspec

from kubectl_mcdiag.evidence.parsers.envoy.records import Matcher, Record


class Cidr(Record, frozen=True):
    """A range of addresses; which, is not read."""


class HeaderName(Record, frozen=True):
    """A header that is asked for; its value can be a password and is not read."""

    name: str = ""


class Path(Record, frozen=True):
    """A path that is asked for."""

    path: Matcher = Matcher()


class Identity(Record, frozen=True):
    """An identity of the caller's certificate; without a name any will do."""

    principal_name: Matcher | None = None


class State(Record, frozen=True):
    """Something noted of the connection: from Istio 1.27 on the caller's identity, `io.istio.peer_principal`."""

    key: str = ""
    string_match: Matcher | None = None


class Claim(Record, frozen=True):
    """Something noted by another filter, as what a token claims; which, is not read."""


class Permission(Record, frozen=True):
    """What is asked for: one field is set; none means a kind that is not read."""

    any: bool = False
    and_rules: "Permissions | None" = None
    or_rules: "Permissions | None" = None
    not_rule: "Permission | None" = None
    destination_port: int = 0
    url_path: Path | None = None
    header: HeaderName | None = None


class Permissions(Record, frozen=True):
    """Several of them."""

    rules: tuple[Permission, ...] = ()


class Principal(Record, frozen=True):
    """Who asks: one field is set; none means a kind that is not read."""

    any: bool = False
    and_ids: "Principals | None" = None
    or_ids: "Principals | None" = None
    not_id: "Principal | None" = None
    authenticated: Identity | None = None
    filter_state: State | None = None
    source_ip: Cidr | None = None
    direct_remote_ip: Cidr | None = None
    remote_ip: Cidr | None = None
    header: HeaderName | None = None
    metadata: Claim | None = None


class Principals(Record, frozen=True):
    """Several of them."""

    ids: tuple[Principal, ...] = ()


class Policy(Record, frozen=True):
    """A request fits that fits one permission and one principal."""

    permissions: tuple[Permission, ...] = ()
    principals: tuple[Principal, ...] = ()


class Rules(Record, frozen=True):
    """Policies by name, `ns[sample]-policy[allow]-rule[0]`, and what is done where one fits."""

    action: str = "ALLOW"
    policies: dict[str, Policy] = msgspec.field(default_factory=dict)


class TokenRule(Record, frozen=True):
    """Requests that a token is asked for; which, is not read."""

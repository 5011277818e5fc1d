"""Policies of every kind: who may call, how it is encrypted, which token is wanted."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from lab.mutate.change import Mutation
from lab.mutate.drawing import SECURITY, Called, called, created, deleted, edited, name, new, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "policies"
RULES: dict[str, Callable[[Called], list[dict[str, Any]]]] = {
    "nobody": lambda _: [],
    "everybody": lambda _: [{}],
    "its callers' namespaces": lambda _: [_from(namespaces=["sample", "shop"])],
    "another namespace": lambda _: [_from(namespaces=["payments"])],
    "its callers' accounts": lambda _: [_from(principals=["cluster.local/ns/sample/sa/curl"])],
    "accounts of another trust domain": lambda _: [_from(principals=["old.example.test/ns/sample/sa/curl"])],
    "another account": lambda _: [_from(principals=["cluster.local/ns/sample/sa/batch"])],
    "any account": lambda _: [_from(principals=["*"])],
    "addresses that nobody has": lambda _: [_from(ipBlocks=["192.0.2.0/24"])],
    "all but some addresses": lambda _: [_from(notIpBlocks=["192.0.2.0/24"])],
    "its port": lambda to: [_to(ports=[str(to.port)])],
    "another port": lambda _: [_to(ports=["9000"])],
    "GET": lambda _: [_to(methods=["GET"])],
    "POST": lambda _: [_to(methods=["POST"])],
    "a path that is called": lambda _: [_to(paths=["/hello*"])],
    "a path that nobody calls": lambda _: [_to(paths=["/admin*"])],
    "its host": lambda to: [_to(hosts=[f"{to.name}.{to.namespace}*"])],
    "those with a header": lambda _: [{"when": [{"key": "request.headers[x-user]", "values": ["tester"]}]}],
    "those with a token": lambda _: [_from(requestPrincipals=["*"])],
}
MODES = ("PERMISSIVE", "STRICT", "DISABLE")


@kind
def authorization(chance: Random, ground: Ground) -> Mutation:
    """Draw a new AuthorizationPolicy, in a namespace that is called, or for the whole mesh or its gateways."""
    to, about = called(chance, ground), chance.choice(list(RULES))
    action = chance.choice(["ALLOW", "ALLOW", "ALLOW", "DENY"])
    namespace = chance.choice([to.namespace, to.namespace, to.namespace, "sample", ground.shape.istio_namespace])
    spec: dict[str, Any] = {"action": action, "rules": RULES[about](to)}
    if namespace == to.namespace and chance.random() < 0.7:
        spec["selector"] = {"matchLabels": {"app": to.app}}
    elif namespace == ground.shape.istio_namespace and chance.random() < 0.4:
        spec["selector"] = {"matchLabels": {"istio": "eastwestgateway"}}
    if not spec["rules"]:
        del spec["rules"]
    made = new(SECURITY, "AuthorizationPolicy", namespace, name(chance, "access"), spec)
    whose = spec.get("selector", {}).get("matchLabels", "all pods")
    what = f"AuthorizationPolicy in {namespace} for {whose}: {action} {about}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def changed_authorization(chance: Random, ground: Ground) -> Mutation | None:
    """Draw another rule in an AuthorizationPolicy that is there."""
    found = ground.of("AuthorizationPolicy", ["shop"])
    if not found:
        return None
    one, about = chance.choice(found), chance.choice(list(RULES))
    rules = RULES[about](Called(one.name, one.namespace, "ledger", 6000))
    return edited(FAMILY, f"{one.name} allows {about}", [one], lambda copy: copy["spec"].update(rules=rules))


@kind
def deleted_policy(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a policy that is there no more."""
    found = [one for each in ("AuthorizationPolicy", "PeerAuthentication") for one in ground.of(each, ["shop"])]
    return deleted(FAMILY, [chance.choice(found)]) if found else None


@kind
def peer_authentication(chance: Random, ground: Ground) -> Mutation:
    """Draw a new PeerAuthentication: of the mesh, a namespace, some pods or a port of theirs."""
    to, mode = called(chance, ground), chance.choice(MODES)
    namespace = chance.choice([to.namespace, to.namespace, "sample", ground.shape.istio_namespace])
    spec: dict[str, Any] = {"mtls": {"mode": mode}}
    if namespace == to.namespace and chance.random() < 0.7:
        spec["selector"] = {"matchLabels": {"app": to.app}}
        if chance.random() < 0.4:
            spec = {**spec, "mtls": {"mode": "STRICT"}, "portLevelMtls": {str(to.port): {"mode": mode}}}
    made = new(SECURITY, "PeerAuthentication", namespace, name(chance, "tls"), spec)
    whose = spec.get("selector", {}).get("matchLabels", "all pods")
    port = f" on port {to.port}" if "portLevelMtls" in spec else ""
    what = f"PeerAuthentication in {namespace} for {whose}: {mode}{port}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def changed_peer_authentication(chance: Random, ground: Ground) -> Mutation | None:
    """Draw another mode in a PeerAuthentication that is there."""
    found = ground.of("PeerAuthentication", ["shop"])
    if not found:
        return None
    one, mode = chance.choice(found), chance.choice(MODES)
    what = f"PeerAuthentication {one.namespace}/{one.name}: {mode}"
    return edited(FAMILY, what, [one], lambda copy: copy["spec"].update(mtls={"mode": mode}))


@kind
def tokens(chance: Random, ground: Ground) -> Mutation:
    """Draw a RequestAuthentication, and mostly a policy that wants its tokens."""
    to = called(chance, ground)
    selector = {"matchLabels": {"app": to.app}}
    api, both = SECURITY, name(chance, "tokens")
    rules = [{"issuer": "https://issuer.example.test", "jwks": _keys()}]
    made = [new(api, "RequestAuthentication", to.namespace, both, {"selector": selector, "jwtRules": rules})]
    wanted = chance.random() < 0.6
    if wanted:
        spec = {"selector": selector, "action": "ALLOW", "rules": [_from(requestPrincipals=["*"])]}
        made.append(new(api, "AuthorizationPolicy", to.namespace, both, spec))
    what = f"RequestAuthentication for {to.app}, tokens {'wanted' if wanted else 'read'}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), *made)


def _from(**source: list[str]) -> dict[str, Any]:
    return {"from": [{"source": source}]}


def _to(**operation: list[str]) -> dict[str, Any]:
    return {"to": [{"operation": operation}]}


def _keys() -> str:
    """Return a set with the public half of a key that nobody has."""
    key = rsa.generate_private_key(65537, 2048)
    modulus = urlsafe_b64encode(key.public_key().public_numbers().n.to_bytes(256, "big")).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "RSA", "kid": "a", "alg": "RS256", "use": "sig", "e": "AQAB", "n": modulus}]})

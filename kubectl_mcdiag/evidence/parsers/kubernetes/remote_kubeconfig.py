"""The kubeconfig in a remote secret: what may be known of it, never a key, a token or a password.

    {"server": "https://172.31.0.12:6443", "authority": "-----BEGIN…", "authentication": "token", "token": {…}}

`redact` makes such an object of the kubeconfig itself, `parse` the record of the object. A kubeconfig that istiod
cannot use has `problem` instead, in words like istiod's own (1.31 `pkg/kube/util.go`).
"""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import LABEL, NAME, Kind
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.shapes import decoded, load_yaml, mapping, public_url, sequence, text
from kubectl_mcdiag.evidence.redaction import FLAG, NUMBER, WORD, Text, named

_PROVIDERS = frozenset({"azure", "gcp", "oidc", "openstack"})
UID = Kind("a UID", lambda value: re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None)
ACCOUNT = Kind("the user of a ServiceAccount", lambda value: _is_account(*value.rpartition("system:serviceaccount:")))


def _is_account(before: str, prefix: str, rest: str) -> bool:
    namespace, _, name = rest.partition(":")
    return not before and bool(prefix) and LABEL.accepts(namespace) and NAME.accepts(name)


@dataclass(frozen=True, slots=True)
class Token:
    """The claims of a service account's token; `expires` is a Unix time, 0 for one that does not expire."""

    issuer: str
    subject: str
    secret: str
    account_uid: str
    expires: int
    is_jwt: bool


@dataclass(frozen=True, slots=True)
class RemoteKubeconfig:
    """What may be known of the kubeconfig in a remote secret; `problem` says why it cannot be used at all."""

    server: str = ""
    authority: str = ""
    proxy_url: str = ""
    authentication: str = ""
    token: Token | None = None
    problem: str = ""


def redact(value: str) -> dict[str, Any]:
    """Return the public part of a kubeconfig, given in base64."""
    try:
        document = mapping(load_yaml(decoded(value)))
        if not document:
            return {"problem": "the kubeconfig is empty"}
        return _summary(document)
    except ParseError as error:
        return {"problem": f"the kubeconfig is {str(error).split(':', 1)[0]}"}


def _summary(document: dict[str, Any]) -> dict[str, Any]:
    context = _named(document, "contexts", "context", text(document.get("current-context")))
    if not context:
        return {"problem": "the kubeconfig's current-context is not one of its contexts"}
    cluster = _named(document, "clusters", "cluster", text(context.get("cluster")))
    if not cluster.get("server"):
        return {"problem": "the kubeconfig has no server for the cluster of its context"}
    user = _named(document, "users", "user", text(context.get("user")))
    token = text(user.get("token"))
    return {
        "server": public_url(cluster.get("server")),
        "authority": certificates.redact(decoded(text(cluster.get("certificate-authority-data")))),
        "proxyUrl": public_url(cluster.get("proxy-url")),
        "authentication": _authentication(user),
        "token": _claims(token) if token else None,
    }


def _problem(value: str) -> str:
    # The first version quoted what it could not read.
    plain = re.sub(r"\s['\"].*", "", re.sub(r"\s'[^']*'", "", value), flags=re.DOTALL)
    return plain if value.startswith("the kubeconfig") else "[unreadable]"


def _kind(value: str) -> str:
    kind, _, provider = value.partition(" ")
    return (
        f"{named(WORD, kind)} {provider if provider in _PROVIDERS else 'of another kind'}"
        if provider
        else named(WORD, kind)
    )


STORED: dict[str, Any] = {
    "server": Text(public_url),
    "authority": Text(certificates.redact),
    "proxyUrl": Text(public_url),
    "authentication": Text(_kind),
    "token": {
        "issuer": Text(lambda value: _issuer(value)),
        "subject": Text(lambda value: _as(ACCOUNT, value)),
        "secret": Text(lambda value: _as(NAME, value)),
        "accountUid": Text(lambda value: _as(UID, value)),
        "expires": NUMBER,
        "isJwt": FLAG,
    },
    "problem": Text(_problem),
}
"""What is kept of a kubeconfig that was stored already."""


def _named(document: dict[str, Any], section: str, key: str, name: str) -> dict[str, Any]:
    for entry in sequence(document.get(section)):
        if text(mapping(entry).get("name")) == name:
            return mapping(mapping(entry).get(key))
    return {}


def _authentication(user: dict[str, Any]) -> str:
    provider = text(mapping(user.get("auth-provider")).get("name"))
    if provider:
        return f"auth-provider {provider if provider in _PROVIDERS else 'of another kind'}"
    for key in ("exec", "tokenFile", "client-certificate", "client-key", "token"):
        if user.get(key):
            return key
    if user.get("client-certificate-data"):
        return "client-certificate-data"
    return "username" if user.get("username") else "none"


def _claims(token: str) -> dict[str, Any]:
    """Read what a token says of itself; its signature is never kept."""
    try:
        payload = token.split(".")[1]
        claims = mapping(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, ValueError, ParseError, RecursionError):
        return {"isJwt": False}
    legacy = "kubernetes.io/serviceaccount/"
    bound = claims.get("kubernetes.io")
    account = bound.get("serviceaccount") if isinstance(bound, dict) else None
    uid = account.get("uid") if isinstance(account, dict) else claims.get(legacy + "service-account.uid")
    return {
        "isJwt": True,
        "issuer": _issuer(str(claims.get("iss", ""))),
        "subject": _as(ACCOUNT, claims.get("sub")),
        "secret": _as(NAME, claims.get(legacy + "secret.name")),
        "accountUid": _as(UID, uid),
        "expires": claims["exp"] if isinstance(claims.get("exp"), int) else 0,
    }


def _issuer(value: str) -> str:
    return value if value == "kubernetes/serviceaccount" else public_url(value)


def _as(kind: Kind, value: Any) -> str:
    return value if isinstance(value, str) and kind.accepts(value) else ""


def parse(entry: dict[str, Any]) -> RemoteKubeconfig:
    """Return the record of a redacted kubeconfig."""
    token = entry.get("token")
    return RemoteKubeconfig(
        server=public_url(entry.get("server")),
        authority=text(entry.get("authority")),
        proxy_url=public_url(entry.get("proxyUrl")),
        authentication=text(entry.get("authentication")),
        token=_token(mapping(token)) if token is not None else None,
        problem=text(entry.get("problem")),
    )


def _token(entry: dict[str, Any]) -> Token:
    expires = entry.get("expires")
    return Token(
        issuer=text(entry.get("issuer")),
        subject=text(entry.get("subject")),
        secret=text(entry.get("secret")),
        account_uid=text(entry.get("accountUid")),
        expires=expires if isinstance(expires, int) else 0,
        is_jwt=entry.get("isJwt") is True,
    )

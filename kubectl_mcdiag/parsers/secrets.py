r"""Secrets of the system namespace: names and labels of all, public parts of a few, never a key or a token.

A go-template prints a line each; the data of all other secrets never leaves the API server's answer:

    cacerts⇥Opaque⇥2026-11-23T20:00:00Z⇥⇥⇥ca-cert.pem:LS0t… ca-key.pem: cert-chain.pem:LS0t… root-cert.pem:LS0t…
    istio-remote-secret-cluster2⇥Opaque⇥2026-…⇥istio/multiCluster=true ⇥…cluster=cluster2 ⇥cluster2:YXBp…

`redact` turns that into JSON lines in which a kubeconfig has become its server, CA, kind of authentication and
the claims of its token. Only those lines are stored and parsed.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.parsers.shapes import load_json, load_yaml, mapping, sequence, text, texts

LABEL = "istio/multiCluster"
ANNOTATION = "networking.istio.io/cluster"
PREFIX = "istio-remote-secret-"
PUBLIC = ("ca-cert.pem", "cert-chain.pem", "root-cert.pem", "tls.crt", "ca.crt")
AUTHORITIES = ("cacerts", "istio-ca-secret")

_IS_REMOTE = (
    "{{$remote := false}}"
    '{{range $k, $v := .metadata.labels}}{{if eq $k "istio/multiCluster"}}{{$remote = true}}{{end}}{{end}}'
    '{{range $k, $v := .metadata.annotations}}{{if eq $k "networking.istio.io/cluster"}}'
    "{{$remote = true}}{{end}}{{end}}"
    '{{if ge (len .metadata.name) 20}}{{if eq (slice .metadata.name 0 20) "istio-remote-secret-"}}'
    "{{$remote = true}}{{end}}{{end}}"
)
_IS_CA = '{{$ca := or (eq .metadata.name "cacerts") (eq .metadata.name "istio-ca-secret")}}'
_IS_PUBLIC = " ".join(f'(eq $k "{key}")' for key in PUBLIC)
_DATA = (
    "{{range $k, $v := .data}}{{$k}}:"
    f"{{{{if or $remote (and $ca (or {_IS_PUBLIC}))}}}}{{{{$v}}}}{{{{end}}}} "
    "{{end}}"
)
TEMPLATE = (
    "{{range .items}}"
    + _IS_REMOTE
    + _IS_CA
    + '{{.metadata.name}}{{"\\t"}}{{.type}}{{"\\t"}}{{.metadata.creationTimestamp}}{{"\\t"}}'
    + '{{range $k, $v := .metadata.labels}}{{$k}}={{$v}} {{end}}{{"\\t"}}'
    + '{{range $k, $v := .metadata.annotations}}{{if eq $k "networking.istio.io/cluster"}}'
    + '{{$k}}={{$v}} {{end}}{{end}}{{"\\t"}}'
    + _DATA
    + '{{"\\n"}}{{end}}'
)


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
    server_name: str = ""
    proxy_url: str = ""
    insecure: bool = False
    authentication: str = ""
    token: Token | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: its keys, and of those that carry trust or a kubeconfig the public part."""

    name: str
    type: str
    created: str
    labels: dict[str, str]
    annotations: dict[str, str]
    keys: tuple[str, ...]
    certificates: dict[str, str]
    kubeconfigs: dict[str, RemoteKubeconfig]

    @property
    def is_labelled(self) -> bool:
        """Whether istiod looks at it as a remote secret."""
        return self.labels.get(LABEL) == "true"


def redact(output: str) -> str:
    """Return JSON lines without any key, token or password."""
    return "".join(json.dumps(_redacted(line), sort_keys=True) + "\n" for line in output.splitlines() if line)


def _redacted(line: str) -> dict[str, Any]:
    cells = line.split("\t")
    if len(cells) != 6:
        raise ParseError(f"expected 6 columns, got {len(cells)}")
    name, kind, created, labels, annotations, data = cells
    values = dict(entry.split(":", 1) for entry in data.split(" ") if ":" in entry)
    authority = name in AUTHORITIES
    return {
        "name": name,
        "type": kind,
        "created": created,
        "labels": _pairs(labels),
        "annotations": _pairs(annotations),
        "keys": sorted(values),
        "certificates": {k: _decoded(v) for k, v in values.items() if authority and k in PUBLIC and v},
        "kubeconfigs": {k: _kubeconfig(v) for k, v in values.items() if v and not authority},
    }


def _pairs(cell: str) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in cell.split(" ") if "=" in entry)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _kubeconfig(value: str) -> dict[str, Any]:
    try:
        document = mapping(load_yaml(_decoded(value)))
        if not document:
            return {"problem": "the kubeconfig is empty"}
        return _summary(document)
    except ParseError as error:
        # The parser's own words could quote the text, and with it a token.
        return {"problem": f"the kubeconfig is {str(error).split(':', 1)[0]}"}


def _summary(document: dict[str, Any]) -> dict[str, Any]:
    current = text(document.get("current-context"))
    context = _named(document, "contexts", "context", current)
    if not context:
        return {"problem": f"the kubeconfig's current-context {current!r} is not one of its contexts"}
    cluster = _named(document, "clusters", "cluster", text(context.get("cluster")))
    user = _named(document, "users", "user", text(context.get("user")))
    token = text(user.get("token"))
    return {
        "server": text(cluster.get("server")),
        "authority": _decoded(text(cluster.get("certificate-authority-data"))),
        "serverName": text(cluster.get("tls-server-name")),
        "proxyUrl": text(cluster.get("proxy-url")).rsplit("@", 1)[-1],
        "insecure": bool(cluster.get("insecure-skip-tls-verify")),
        "authentication": _authentication(user),
        "token": _claims(token) if token else None,
    }


def _named(document: dict[str, Any], section: str, key: str, name: str) -> dict[str, Any]:
    for entry in sequence(document.get(section)):
        if text(mapping(entry).get("name")) == name:
            return mapping(mapping(entry).get(key))
    return {}


def _authentication(user: dict[str, Any]) -> str:
    for key in ("exec", "auth-provider", "tokenFile", "client-certificate", "client-key", "token"):
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
        "issuer": str(claims.get("iss", "")),
        "subject": str(claims.get("sub", "")),
        "secret": str(claims.get(legacy + "secret.name", "")),
        "accountUid": str(uid or ""),
        "expires": claims["exp"] if isinstance(claims.get("exp"), int) else 0,
    }


def parse(output: str) -> tuple[Secret, ...]:
    """Return the secrets of the redacted JSON lines."""
    return tuple(_secret(mapping(load_json(line))) for line in output.splitlines() if line)


def _secret(entry: dict[str, Any]) -> Secret:
    return Secret(
        name=text(entry.get("name")),
        type=text(entry.get("type")),
        created=text(entry.get("created")),
        labels=texts(entry.get("labels")),
        annotations=texts(entry.get("annotations")),
        keys=tuple(text(key) for key in sequence(entry.get("keys"))),
        certificates=texts(entry.get("certificates")),
        kubeconfigs={k: _remote(mapping(v)) for k, v in mapping(entry.get("kubeconfigs")).items()},
    )


def _remote(entry: dict[str, Any]) -> RemoteKubeconfig:
    token = entry.get("token")
    return RemoteKubeconfig(
        server=text(entry.get("server")),
        authority=text(entry.get("authority")),
        server_name=text(entry.get("serverName")),
        proxy_url=text(entry.get("proxyUrl")),
        insecure=entry.get("insecure") is True,
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

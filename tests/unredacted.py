"""Answers as a cluster gives them, made again from redacted ones, with a canary wherever a secret may stand."""

import base64
import json
import re
from typing import Any

import yaml

from kubectl_mcdiag.evidence.model import Observation
from kubectl_mcdiag.evidence.parsers.istiod.istiod_log import parse as log_lines

CANARY = "canary7Vb2Qn"
"""A text that no answer holds and that is found again in base64 at any offset: see `forms`."""


def forms(secret: str = CANARY) -> tuple[bytes, ...]:
    """Return the secret as it is, in hex, reversed, and in base64 at each of its three offsets."""
    plain = secret.encode()
    packed = [base64.b64encode(b"x" * shift + plain)[4 * bool(shift) : -4] for shift in range(3)]
    return (plain, plain.hex().encode(), plain[::-1], *packed)


def unredacted(found: Observation) -> str:
    """Return what the command printed before it was redacted."""
    shape = _SHAPES.get(found.invocation.command.key)
    return shape(found.output.stdout) if shape and found.output.stdout else found.output.stdout


def _secrets(redacted: str) -> str:
    lines = [_secret(json.loads(line)) for line in redacted.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _secret(entry: dict[str, Any]) -> str:
    # Of a secret that is not read, its name alone is kept.
    values = dict.fromkeys(entry.get("keys", ()), "")
    values |= {key: _base64(text) for key, text in entry.get("certificates", {}).items()}
    values |= {key: _base64(_kubeconfig(body)) for key, body in entry.get("kubeconfigs", {}).items()}
    created = entry.get("created", "")
    cells = (
        entry["name"],
        entry.get("type", ""),
        created,
        "".join(f"{key}={value} " for key, value in entry.get("labels", {}).items()),
        "".join(f"{key}={value} " for key, value in entry.get("annotations", {}).items()),
        "".join(f"{key}:{value} " for key, value in values.items()),
        f"{entry.get('changed', created)} ",
    )
    return "\t".join(cells)


def _kubeconfig(body: dict[str, Any]) -> str:
    if body.get("problem"):
        user = {"name": "u", "user": {"token": CANARY}}
        return "" if "empty" in body["problem"] else yaml.safe_dump({"current-context": "gone", "users": [user]})
    cluster = {
        "server": body["server"],
        "certificate-authority-data": _base64(body["authority"]),
        "proxy-url": body["proxyUrl"] and f"http://me:{CANARY}@{body['proxyUrl']}",
    }
    user: dict[str, Any] = {"client-key-data": _base64(CANARY), "password": CANARY}
    if body.get("token"):
        user["token"] = _token(body["token"])
    elif body["authentication"] != "none":
        user[body["authentication"]] = {"command": "aws", "env": [{"name": "SECRET", "value": CANARY}]}
    return yaml.safe_dump(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
        }
    )


def _token(claims: dict[str, Any]) -> str:
    if not claims["isJwt"]:
        return CANARY
    payload: dict[str, Any] = {
        "iss": claims["issuer"],
        "sub": claims["subject"],
        "kubernetes.io/serviceaccount/secret.name": claims["secret"],
        "kubernetes.io/serviceaccount/service-account.uid": claims["accountUid"],
        "jti": CANARY,
    } | ({"exp": claims["expires"]} if claims["expires"] else {})
    return f"{_url('{}')}.{_url(json.dumps(payload))}.{_url(CANARY)}"


def _clients(redacted: str) -> str:
    document = json.loads(redacted)
    user = {"token": CANARY, "exec": {"command": "aws", "args": [CANARY], "env": [{"name": "K", "value": CANARY}]}}
    document["users"] = [{"name": each["context"]["user"], "user": user} for each in document["contexts"]]
    return json.dumps(document)


def _pods(redacted: str) -> str:
    lines = [line.split("\t") for line in redacted.splitlines()]
    for cells in lines:
        for index in (11, 12, 13):
            entries = json.loads(cells[index] or "[]")
            entries += [{"name": "PASSWORD", "value": CANARY}, {"name": "TRUST_DOMAIN_KEY", "value": CANARY}]
            cells[index] = json.dumps(entries) if cells[index] else ""
    return "".join("\t".join(cells) + "\n" for cells in lines)


def _config_maps(redacted: str) -> str:
    document = json.loads(redacted)
    for item in document["items"]:
        item["data"] = {key: value or CANARY for key, value in item["data"].items()}
        if item["data"].get("mesh"):
            item["data"]["mesh"] += f"\nextensionProviders: [{{name: z, headers: {{authorization: {CANARY}}}}}]\n"
        item["binaryData"] = {"key": _base64(CANARY)}
    return _annotated(json.dumps(document))


def _annotated(redacted: str) -> str:
    document = json.loads(redacted)
    for item in document["items"]:
        annotations = item["metadata"].setdefault("annotations", {})
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = CANARY
        annotations["example.com/token"] = CANARY
        item["metadata"]["managedFields"] = [{"manager": CANARY}]
        if item.get("kind") in ("Node", "Namespace"):
            item["status"] = {"conditions": [{"message": CANARY}]}
    return json.dumps(document)


def _envoy(redacted: str) -> str:
    """Return what Envoy itself prints: an object, its keys with underscores, 64-bit numbers as text."""
    own = {"name": "xds-grpc", "host_statuses": [{"address": {"pipe": {"path": "./etc/istio/proxy/XDS"}}}]}
    return json.dumps({"cluster_statuses": [own, *_underscored(json.loads(redacted))]})


def _underscored(value: Any) -> Any:
    if isinstance(value, dict):
        found = {
            re.sub("(?<=[a-z])[A-Z]", lambda m: f"_{m[0].lower()}", key): _underscored(v) for key, v in value.items()
        }
        return found | ({"value": str(found["value"])} if "value" in found else {})
    return [_underscored(item) for item in value] if isinstance(value, list) else value


def _log(redacted: str) -> str:
    assert len(log_lines(redacted)) == len(redacted.splitlines())
    return f"2026-11-24T00:00:00.1Z\tinfo\tpassword is {CANARY}\n{CANARY}\n{redacted}token={CANARY}\n"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_SHAPES = {
    "configmaps": _config_maps,
    "envoy-clusters": _envoy,
    "istio-config": _annotated,
    "istiod-log": _log,
    "kubeconfig": _clients,
    "pods": _pods,
    "resources": _annotated,
    "secrets": _secrets,
}

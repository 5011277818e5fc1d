"""Secrets to be looked for: those that the lab has anyway, and canaries planted wherever somebody may put one."""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from tests.hostile.mesh import CONTEXTS, NAMESPACE, RUN, in_lab, kubectl
from tests.unredacted import CANARY

NAME = "mcdiag-canaries"
_SHORTEST = 12
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_KEPT_IN_KUBECONFIGS = re.compile(r"(?:token|client-key-data|password): *\"?([\w+/=.-]+)")


def secrets_of_the_lab() -> set[str]:
    """Return the private keys, tokens and passwords of the lab's Secrets and kubeconfig, a telling part of each."""
    found = set(_inside((RUN / "kubeconfig").read_text("utf-8")))
    for context in CONTEXTS:
        for item in json.loads(kubectl(context, "get", "secrets", "-A", "-o", "json"))["items"]:
            for key, value in (item.get("data") or {}).items():
                text = base64.b64decode(value).decode("utf-8", "replace")
                found |= {text.strip()} if key in ("token", "password") else set(_inside(text))
    return {_telling(secret) for secret in found if len(secret) >= _SHORTEST}


def _inside(text: str) -> Iterator[str]:
    yield from _PRIVATE.findall(text)
    for secret in _KEPT_IN_KUBECONFIGS.findall(text):
        yield secret
        try:
            yield from _PRIVATE.findall(base64.b64decode(secret, validate=True).decode())
        except ValueError:
            continue


def _telling(secret: str) -> str:
    """Return a line from the middle of a key, or the signature of a token, which no public part holds."""
    if secret.startswith("eyJ"):
        return secret.rpartition(".")[2]
    lines = secret.split()
    return lines[len(lines) // 2]


def objects() -> list[dict[str, object]]:
    """Return objects with a canary in every place that `check` reads, or reads past."""
    meta = {"name": NAME, "namespace": NAMESPACE, "annotations": {"example.com/token": CANARY}}
    remote = {**meta, "name": f"{NAME}-remote", "labels": {"istio/multiCluster": "true"}}
    user = {"token": CANARY}
    server = f"https://me:{CANARY}@127.0.0.1:1/?token={CANARY}"
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": server}}],
        "users": [{"name": NAME, "user": user}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
    }
    container = {
        "name": "istio-proxy",
        "image": "none",
        "args": [CANARY],
        "env": [{"name": name, "value": CANARY} for name in ("PASSWORD", "ISTIO_META_DNS_PASSWORD", "CA_TOKEN")],
    }
    never = {"nodeSelector": {"example.com/never": "true"}, "containers": [container]}
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"password": CANARY}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": remote, "stringData": {NAME: yaml.safe_dump(kubeconfig)}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": CANARY, "password": CANARY}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, "namespace": "uninjected-sample"}, "spec": never},
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {**meta, "namespace": "sample"},
            "spec": {
                "hosts": ["nobody.example.com"],
                "http": [
                    {
                        "headers": {"request": {"set": {"authorization": f"Bearer {CANARY}"}}},
                        "match": [{"headers": {"x-api-key": {"exact": CANARY}}}],
                        "route": [{"destination": {"host": "nobody.example.com"}}],
                    }
                ],
            },
        },
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": {**meta, "namespace": "uninjected-sample"},
            "spec": {"rules": [{"when": [{"key": "request.headers[x-api-key]", "values": [CANARY]}]}]},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**meta, "namespace": "uninjected-sample"},
            "spec": {"ports": [{"port": 80}], "selector": {"app": "nobody"}},
        },
    ]


def log(lines: str) -> None:
    """Write into the log of every istiod, from outside: its process has the log open as its standard output."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes().startswith(b"/usr/local/bin/pilot-discovery\0discovery\0"):
                (path.parent / "fd" / "1").write_text(lines, "utf-8")


LINES = (
    f"an odd line with password={CANARY}",
    f"2026-11-26T00:00:00.000000Z\tinfo\tads\tpassword is {CANARY}",
    f"2026-11-26T00:00:00.000000Z\terror\twatch error in cluster {NAME}: failed to list *v1.Secret: "
    f'Get "https://me:{CANARY}@127.0.0.1:1/api": authorization: Bearer {CANARY}',
)


@contextmanager
def planted() -> Iterator[None]:
    """Put the objects into every cluster, as `kubectl apply` does (all of it in an annotation), and lines into logs."""
    text = yaml.safe_dump_all(objects())
    try:
        for context in CONTEXTS:
            kubectl(context, "apply", "-f", "-", given=text)
        log("\n".join(LINES) + "\n")
        yield
    finally:
        for context in CONTEXTS:
            in_lab("kubectl", "--context", context, "delete", "--ignore-not-found", "-f", "-", given=text)


def forms_in_urls(secret: str) -> tuple[bytes, ...]:
    """Return the secret as URLs write it: its strange letters by number."""
    return (urllib.parse.quote(secret, safe="").encode(),)

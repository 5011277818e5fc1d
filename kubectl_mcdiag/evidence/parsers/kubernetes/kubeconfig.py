"""`kubectl config view -o json`: the contexts, the clusters they lead to and the name of the user, no credentials."""

import json
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, public_url, sequence, text


@dataclass(frozen=True, slots=True)
class KubeContext:
    """A context; `cluster` and `user` are names in the kubeconfig, `server` and `proxy` URLs of its cluster."""

    name: str
    cluster: str
    server: str
    user: str
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The merged kubeconfig."""

    current: str
    contexts: tuple[KubeContext, ...]


def redact(output: str) -> str:
    """Keep the names of contexts and the URLs they lead to."""
    found = parse(output)
    return json.dumps(
        {
            "current-context": found.current,
            "contexts": [{"name": c.name, "context": {"cluster": c.cluster, "user": c.user}} for c in found.contexts],
            "clusters": [
                {"name": name, "cluster": {"server": server, **({"proxy-url": proxy} if proxy else {})}}
                for name, server, proxy in dict.fromkeys((c.cluster, c.server, c.proxy) for c in found.contexts)
            ],
        },
        indent=1,
    )


def parse(output: str) -> Kubeconfig:
    """Return the contexts in the order of the kubeconfig."""
    document = mapping(load_json(output))
    clusters = {
        text(mapping(entry).get("name")): mapping(mapping(entry).get("cluster"))
        for entry in sequence(document.get("clusters"))
    }
    entries = (mapping(entry) for entry in sequence(document.get("contexts")))
    contexts = (_context(text(entry.get("name")), mapping(entry.get("context")), clusters) for entry in entries)
    return Kubeconfig(text(document.get("current-context")), tuple(contexts))


def _context(name: str, body: dict[str, Any], clusters: dict[str, dict[str, Any]]) -> KubeContext:
    cluster = text(body.get("cluster"))
    found = clusters.get(cluster, {})
    server, proxy = public_url(found.get("server")), public_url(found.get("proxy-url"))
    return KubeContext(name, cluster, server, text(body.get("user")), proxy)

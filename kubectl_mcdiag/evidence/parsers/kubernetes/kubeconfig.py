"""`kubectl config view -o json`: the contexts, the clusters they lead to and the name of the user, no credentials."""

import json
from dataclasses import dataclass, replace
from typing import Any

from kubectl_mcdiag.evidence.names import CONTEXT
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
    """Keep the names of contexts, and of clusters and users, and the URLs they lead to."""
    return _written(parse(output))


def chosen(output: str, contexts: tuple[str, ...]) -> str:
    """Return a kubeconfig with these contexts alone, as a recording has it: without the names of users and clusters."""
    kept = (each for each in parse(output).contexts if each.name in contexts)
    return _written(Kubeconfig("", tuple(replace(each, cluster=each.name, user="") for each in kept)))


def _written(found: Kubeconfig) -> str:
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
    """Return the contexts in the order of the kubeconfig, but for those whose name no command can be made of."""
    document = mapping(load_json(output))
    clusters = {
        text(mapping(entry).get("name")): mapping(mapping(entry).get("cluster"))
        for entry in sequence(document.get("clusters"))
    }
    entries = (mapping(entry) for entry in sequence(document.get("contexts")))
    contexts = (_context(_name(entry.get("name")), mapping(entry.get("context")), clusters) for entry in entries)
    return Kubeconfig(_name(document.get("current-context")), tuple(each for each in contexts if each.name))


def _name(value: Any) -> str:
    found = text(value)
    return found if CONTEXT.accepts(found) else ""


def _context(name: str, body: dict[str, Any], clusters: dict[str, dict[str, Any]]) -> KubeContext:
    cluster = text(body.get("cluster"))
    found = clusters.get(cluster, {})
    server, proxy = public_url(found.get("server")), public_url(found.get("proxy-url"))
    return KubeContext(name, _name(cluster), server, _name(body.get("user")), proxy)

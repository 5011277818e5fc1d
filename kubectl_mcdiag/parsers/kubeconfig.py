"""`kubectl config view -o json`: the contexts, the clusters they lead to and the name of the user, no credentials."""

import json
from dataclasses import dataclass

from kubectl_mcdiag.parsers.shapes import load_json, mapping, sequence, text


@dataclass(frozen=True, slots=True)
class KubeContext:
    """A context; `cluster` and `user` are names in the kubeconfig, `server` the API server's URL."""

    name: str
    cluster: str
    server: str
    user: str


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
                {"name": name, "cluster": {"server": server}}
                for name, server in dict.fromkeys((c.cluster, c.server) for c in found.contexts)
            ],
        },
        indent=1,
    )


def parse(output: str) -> Kubeconfig:
    """Return the contexts in the order of the kubeconfig."""
    document = mapping(load_json(output))
    servers = {
        text(mapping(entry).get("name")): text(mapping(mapping(entry).get("cluster")).get("server"))
        for entry in sequence(document.get("clusters"))
    }
    contexts = []
    for entry in sequence(document.get("contexts")):
        body = mapping(mapping(entry).get("context"))
        cluster = text(body.get("cluster"))
        contexts.append(
            KubeContext(text(mapping(entry).get("name")), cluster, servers.get(cluster, ""), text(body.get("user")))
        )
    return Kubeconfig(text(document.get("current-context")), tuple(contexts))

"""The permissions as manifests: a role for each part of the work, and a service account that has those chosen."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from textwrap import wrap
from typing import Any

from yaml import dump_all

from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.commands.common import forgone, permitted
from kubectl_mcdiag.evidence.model import Command, Permission, Settings, Target
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import OF_REVISION
from kubectl_mcdiag.report.yaml import ReportDumper

ACCOUNT = "mcdiag"
BASE = "base"
PARTS = {
    BASE: "Lists Pods with their environment variables, Services, Nodes, Istio's configuration and who may do what;"
    " reads istiod's ConfigMaps and log. It sees no Secret, runs nothing and changes nothing.",
    "secrets": "Reads every Secret of istiod's namespace, the CA's private key and the credentials of remote secrets"
    " among them: its holder can pose as any workload of the mesh. Not needed with --no-secrets.",
    "istiod": "Runs commands in the pods of istiod's namespace, and so has what istiod has: the CA's private key and"
    " the credentials for the other clusters. Not needed with --no-exec.",
    "proxies": "Opens connections to any port of every pod, Envoy's admin interface among them, and runs commands in"
    " every pod: its holder has all that any workload has. With --no-exec it opens connections alone.",
    "search": "Reads every Secret of every namespace: its holder has all credentials of the cluster. It serves only to"
    " find remote secrets in a wrong namespace. Not needed with --no-secrets.",
    "probe": "Runs commands in every pod: its holder has all that any workload has. It serves --probe alone.",
}
"""The parts of the role, and what each lets its holder do."""
_GROUP = "rbac.authorization.k8s.io"
_OF_TARGET = {
    Target.CLUSTER: BASE,
    Target.ISTIOD: "istiod",
    Target.CLIENT: "proxies",
    Target.GATEWAY: "proxies",
    Target.SERVER: "proxies",
    Target.CALLER: "probe",
}
_HEAD = """\
# What `kubectl mcdiag` needs in each cluster, made by `kubectl mcdiag list roles`. What a part that is left out would
# have shown is unknown, or does not apply where a flag forgoes it.
"""
Documents = list[dict[str, Any]]


def roles(istio_namespace: str, more: Iterable[str] = (), revision: str = "", *, no_exec: bool = False) -> str:
    """Return a namespace, a service account, and a role with its binding for the base and each part of `more`.

    `revision` is that of istiod whose ConfigMaps are read beside the usual ones.
    """
    chosen = (BASE, *(part for part in PARTS if part in set(more) - {BASE}))
    needed = _needed(Settings(no_exec=no_exec), revision)
    pages = [(_HEAD, _account())]
    for part in chosen:
        documents = [
            document
            for (name, inside), permissions in needed.items()
            if name == part
            for document in _role(part, istio_namespace if inside else "", permissions)
        ]
        pages.append((_wrapped(f"{part}: {PARTS[part]}"), documents))
    return "---\n".join(head + dump_all(documents, Dumper=ReportDumper, sort_keys=False) for head, documents in pages)


def _account() -> Documents:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ACCOUNT}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": ACCOUNT}},
    ]


def _wrapped(sentence: str) -> str:
    return "".join(f"# {line}\n" for line in wrap(sentence, 116))


def _needed(settings: Settings, revision: str) -> dict[tuple[str, bool], list[Permission]]:
    """Return the permissions by part, and whether istiod's namespace is enough for them."""
    found: dict[tuple[str, bool], list[Permission]] = {}
    for command in (permitted(each, settings) for each in COMMANDS if not forgone(each, settings)):
        for permission in (_named(each, revision) for each in command.permissions):
            inside = permission.namespaced or command.target is Target.ISTIOD
            known = found.setdefault((_part(command, permission), inside), [])
            if permission not in known:
                known.append(permission)
    return found


def _named(permission: Permission, revision: str) -> Permission:
    """Return a permission on objects by name with those of a revision."""
    if not (permission.names and revision):
        return permission
    return replace(permission, names=(*permission.names, *(f"{name}-{revision}" for name in OF_REVISION)))


def _part(command: Command[Any], permission: Permission) -> str:
    if permission.resource == "secrets":
        # Secrets of all namespaces are read only to find a remote secret that lies in the wrong one.
        return "secrets" if permission.namespaced else "search"
    return _OF_TARGET[command.target] if command.needs("pods/exec") or command.needs("pods/portforward") else BASE


def _role(part: str, namespace: str, permissions: Iterable[Permission]) -> Iterator[dict[str, Any]]:
    kind = "Role" if namespace else "ClusterRole"
    name = f"{ACCOUNT}-{part}"
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    yield {"apiVersion": f"{_GROUP}/v1", "kind": kind, "metadata": meta, "rules": _rules(permissions)}
    yield {
        "apiVersion": f"{_GROUP}/v1",
        "kind": f"{kind}Binding",
        "metadata": dict(meta),
        "roleRef": {"apiGroup": _GROUP, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": ACCOUNT}],
    }


def _rules(permissions: Iterable[Permission]) -> list[dict[str, list[str]]]:
    """Return a rule for each group, verb and set of names, with its resources."""
    grouped: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for each in permissions:
        grouped.setdefault((each.group, each.verb, each.names), []).append(each.resource)
    return [
        {
            "apiGroups": [group],
            "resources": sorted(set(resources)),
            **({"resourceNames": list(names)} if names else {}),
            "verbs": [verb],
        }
        for (group, verb, names), resources in grouped.items()
    ]

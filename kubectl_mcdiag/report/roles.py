"""The permissions as manifests: a role for each part of the work, and a service account that has them all."""

from collections.abc import Iterable, Iterator
from typing import Any

from yaml import dump_all

from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Permission, Target
from kubectl_mcdiag.report.yaml import ReportDumper

ACCOUNT = "mcdiag"
_GROUP = "rbac.authorization.k8s.io"
_PARTS = {
    Target.CLUSTER: "base",
    Target.ISTIOD: "istiod",
    Target.CLIENT: "proxies",
    Target.GATEWAY: "proxies",
    Target.CALLER: "probe",
}
_HEAD = """\
# What `kubectl mcdiag` needs in each cluster, made by `kubectl mcdiag list roles`. It only reads, but for exec and
# port-forward, by which istiod and the proxies are asked; leave a part out, and what needs it is unknown.
"""


def roles(istio_namespace: str) -> str:
    """Return a namespace, a service account, and a role with its binding for each part, in YAML."""
    account = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": ACCOUNT}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ACCOUNT}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": ACCOUNT}},
    ]
    for (part, inside), permissions in _needed().items():
        documents += _role(part, istio_namespace if inside else "", account, permissions)
    return _HEAD + dump_all(documents, Dumper=ReportDumper, sort_keys=False)


def _needed() -> dict[tuple[str, bool], list[Permission]]:
    """Return the permissions by part, and whether istiod's namespace is enough for them."""
    found: dict[tuple[str, bool], list[Permission]] = {}
    for command in COMMANDS:
        for permission in command.permissions:
            part = _part(command.target, permission)
            inside = permission.namespaced or command.target is Target.ISTIOD
            known = found.setdefault((part, inside), [])
            if permission not in known:
                known.append(permission)
    return found


def _part(target: Target, permission: Permission) -> str:
    # Secrets of all namespaces are read only to find a remote secret that lies in the wrong one.
    is_search = permission.resource == "secrets" and not permission.namespaced
    return "search" if is_search else _PARTS[target]


def _role(
    part: str, namespace: str, account: dict[str, str], permissions: Iterable[Permission]
) -> Iterator[dict[str, Any]]:
    kind = "Role" if namespace else "ClusterRole"
    name = f"{ACCOUNT}-{part}"
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    yield {"apiVersion": f"{_GROUP}/v1", "kind": kind, "metadata": meta, "rules": _rules(permissions)}
    yield {
        "apiVersion": f"{_GROUP}/v1",
        "kind": f"{kind}Binding",
        "metadata": dict(meta),
        "roleRef": {"apiGroup": _GROUP, "kind": kind, "name": name},
        "subjects": [dict(account)],
    }


def _rules(permissions: Iterable[Permission]) -> list[dict[str, list[str]]]:
    """Return a rule for each group and verb, with its resources."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in permissions:
        grouped.setdefault((each.group, each.verb), []).append(each.resource)
    return [
        {"apiGroups": [group], "resources": sorted(set(resources)), "verbs": [verb]}
        for (group, verb), resources in grouped.items()
    ]

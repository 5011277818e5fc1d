"""What the account that a remote secret stands for may do in its own cluster."""

from dataclasses import dataclass

from kubectl_mcdiag.evidence.commands import READER
from kubectl_mcdiag.evidence.parsers.kubernetes.reader import Rule
from kubectl_mcdiag.mesh.discovery.remote_secrets import secrets_for
from kubectl_mcdiag.mesh.view import View, fact

SUBJECT = "system:serviceaccount:"
READ = (
    ("", "namespaces"),
    ("", "nodes"),
    ("", "pods"),
    ("", "services"),
    ("discovery.k8s.io", "endpointslices"),
)
"""What istiod must list and watch to know a cluster's endpoints; (API group, resource)."""
SERVE = (
    ("", "configmaps"),
    ("", "secrets"),
)
"""What it reads besides, for gateways' certificates and the root that it writes."""
REVIEW = ("authentication.k8s.io", "tokenreviews")


@dataclass(frozen=True, slots=True)
class Account:
    """The account in a remote secret.

    `name` is `namespace/name`; `bound` the ClusterRoles that bindings give it, `roles` those of them that exist.
    """

    name: str
    bound: tuple[str, ...]
    roles: tuple[str, ...]
    rules: tuple[Rule, ...]

    def may(self, verb: str, group: str, resource: str) -> bool:
        """Return whether some rule of its roles allows it."""
        return any(rule.allows(verb, resource, group) for rule in self.rules)


@fact
def accounts(view: View, holder: str, context: str) -> tuple[Account, ...]:
    """Return the service accounts of `context` that the remote secrets of `holder` stand for.

    Those of another namespace than istiod's, or not named as Istio names its reader, may have roles that are not read.
    """
    subjects = {
        entry.kubeconfig.token.subject for entry in secrets_for(view, holder, context) if entry.kubeconfig.token
    }
    names = {subject.removeprefix(SUBJECT).replace(":", "/") for subject in subjects if subject.startswith(SUBJECT)}
    known = f"{view.settings.istio_namespace}/istio-reader"
    return tuple(_account(view, context, name) for name in sorted(names) if name.startswith(known))


def _account(view: View, context: str, name: str) -> Account:
    bindings = view.read(READER, context, kind="clusterrolebindings").bindings
    known = view.read(READER, context, kind="clusterroles").roles
    bound = tuple(dict.fromkeys(binding.role for binding in bindings if name in binding.accounts))
    roles = tuple(role for role in bound if role in known)
    return Account(name, bound, roles, tuple(rule for role in roles for rule in known[role]))


def lacking(account: Account) -> tuple[tuple[str, str], ...]:
    """Return what the account must list and watch and may not, as (API group, resource)."""
    return tuple(
        (group, resource)
        for group, resource in (*READ, *SERVE)
        if not all(account.may(verb, group, resource) for verb in ("list", "watch"))
    )

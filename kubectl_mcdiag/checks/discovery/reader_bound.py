"""The account in each remote secret has the role with which istiod reads its cluster.

The reader's account, its ClusterRole and the binding between them come with Istio's charts `base` and `istiod`. Where
the binding or the role is missing (deleted, `global.enableReaderRBAC=false`, or one chart of two installed) the token
is accepted and every list is forbidden.

Fix: create the role, if that is gone, and the binding; or install both charts again.

Source: Istio 1.31 chart istiod, `reader-clusterrole.yaml`; istiod logs "is forbidden".
"""

from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, kubectl
from kubectl_mcdiag.evidence.commands import READER
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret, ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.discovery.readers import READ, REVIEW, SERVE, Account, accounts
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The account in {holder}'s remote secret has no role in {context}"
UNBOUND = "Remote secret {secret} uses the account {account}, and no ClusterRoleBinding names it."
NO_ROLE = "Remote secret {secret} uses the account {account}, and its ClusterRole {role} does not exist."
NAME = "istio-reader-clusterrole-{namespace}"
WHY_ROLE = say("the part of the role of Istio's chart that reading a cluster needs")
WHY_BINDING = say("binds that role to the account")
LISTED = ("get", "clusterroles,clusterrolebindings", "-l", "app=istio-reader")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where istiod is forbidden to read the destination and its account has no role."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.RIGHTS):
        for account in accounts(view, failing.holder, pair.destination):
            if not account.roles:
                yield _finding(view, pair, failing, account)


def _finding(view: View, pair: Pair, failing: FailingSecret, account: Account) -> Finding:
    context = pair.destination
    missing = f"no {account.bound[0]}" if account.bound else "no binding"
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,)),
        say(PROBLEM, context=context, holder=failing.holder),
        (*reported(view, failing), shown(context, kubectl(view, context, *LISTED), missing)),
        tuple(_steps(view, context, account)),
        _detail(failing.entry.secret.name, account),
    )


def _detail(secret: str, account: Account) -> Message:
    if account.bound:
        return say(NO_ROLE, secret=secret, account=account.name, role=account.bound[0])
    return say(UNBOUND, secret=secret, account=account.name)


def _steps(view: View, context: str, account: Account) -> Iterator[Step]:
    role = account.bound[0] if account.bound else NAME.format(namespace=view.settings.istio_namespace)
    if account.bound or role not in view.read(READER, context, kind="clusterroles").roles:
        yield create(view, Action.GRANT, context, _role(role), WHY_ROLE)
    if not account.bound:
        subject = f"--serviceaccount={account.name.replace('/', ':')}"
        command = kubectl(view, context, "create", "clusterrolebinding", role, f"--clusterrole={role}", subject)
        yield Step(Action.GRANT, context, command, WHY_BINDING, Object(context, "clusterrolebinding", role))


def _role(name: str) -> dict[str, Any]:
    read = [
        {"apiGroups": [group], "resources": [resource], "verbs": ["get", "list", "watch"]}
        for group, resource in (*READ, *SERVE)
    ]
    review = {"apiGroups": [REVIEW[0]], "resources": [REVIEW[1]], "verbs": ["create"]}
    meta = {"name": name, "labels": {"app": "istio-reader"}}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": meta,
        "rules": [*read, review],
    }


CHECK = Check(
    "MC316",
    "the account in each remote secret has a role to read with",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B14",),
    guide="T4a",
)

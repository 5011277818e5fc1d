"""A primary may ask a remote cluster whether the tokens of its pods are genuine.

istiod has each token of a remote proxy reviewed by that cluster's own API server, with the account in the remote
secret. Where the account may not create `tokenreviews`, no new proxy of that cluster gets a certificate: pods stay
unready, while those with a certificate go on for up to a day.

Fix: add the rule to the reader's ClusterRole, or install Istio's charts again.

Source: Istio 1.31 chart istiod, `reader-clusterrole.yaml`; istiod logs "failed to validate the JWT from cluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import istiod_log
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import put
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.remote_clusters.fixes import restart_starving
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, patch
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.discovery.readers import REVIEW, Account, accounts
from kubectl_mcdiag.mesh.discovery.remote_secrets import log_of
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context} does not let {plane}'s istiod review the tokens of its pods"
DETAIL = (
    "ClusterRole {role} of the account {account} does not allow creating tokenreviews, so istiod gives no new proxy of"
    " {context} a certificate. Those that have one keep it for up to a day."
)
SEEN = DETAIL + " Not ready: {pods}."
WHY = say("allows istiod to create tokenreviews")
WHY_PODS = say("requests a certificate at once, instead of after a pause")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the account of a remote cluster has a role without token reviews."""
    plane = control_planes(view, context)[0]
    for account in accounts(view, plane, context):
        if account.roles and not account.may("create", *REVIEW):
            yield _finding(view, context, plane, account)


def _finding(view: View, context: str, plane: str, account: Account) -> Finding:
    described = kubectl(view, context, "describe", "clusterrole", account.roles[0])
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=affected(view, context)),
        say(PROBLEM, context=context, plane=plane),
        (shown(context, described, "no tokenreviews.authentication.k8s.io"), *_logged(view, plane)),
        (_step(view, context, account.roles[0]), *restart_starving(view, context, WHY_PODS)),
        _detail(view, context, account),
    )


def _logged(view: View, plane: str) -> tuple[Evidence, ...]:
    lines = log_of(view, plane, "review")
    return (shown(plane, istiod_log(view, plane), *lines),) if lines else ()


def _detail(view: View, context: str, account: Account) -> Message:
    pods = tuple(pod.full_name for pod in waiting_pods(view, context))
    seen = {"pods": pods} if pods else {}
    return say(SEEN if pods else DETAIL, role=account.roles[0], account=account.name, context=context, **seen)


def _step(view: View, context: str, role: str) -> Step:
    rule = {"apiGroups": [REVIEW[0]], "resources": [REVIEW[1]], "verbs": ["create"]}
    return patch(view, Action.GRANT, Object(context, "clusterrole", role), (put("/rules/-", rule),), WHY)


CHECK = Check(
    "MC708",
    "a primary may have the tokens of a remote cluster reviewed",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    rows=("G8",),
)

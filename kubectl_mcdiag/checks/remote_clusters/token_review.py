"""A primary may ask a remote cluster whether the tokens of its pods are genuine.

istiod has each token of a remote proxy reviewed by that cluster's own API server, with the account in the remote
secret. Where the account may not create `tokenreviews`, no new proxy of that cluster gets a certificate: pods stay
unready, while those with a certificate go on for up to a day.

To mend it: add the rule to the reader's ClusterRole, or install Istio's charts again.

Source: Istio 1.31 chart istiod, `reader-clusterrole.yaml`; istiod logs "failed to validate the JWT from cluster".
Catalogue G8.
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, restart_owner, shows, system
from kubectl_mcdiag.mesh.discovery.readers import REVIEW, accounts
from kubectl_mcdiag.mesh.discovery.remote_secrets import log_of
from kubectl_mcdiag.mesh.discovery.suspects import starving
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} does not let {account} create tokenreviews, so {plane}'s istiod cannot tell whether its proxies are"
    " genuine and gives them no certificate{seen}."
)
SEEN = "; {pods} is not ready"
WHY = "adds what is missing"
WHY_PODS = "asks for a certificate at once, and not after its pause"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the account of a remote cluster has a role without token reviews."""
    plane = plane_of(view, context)
    for account in accounts(view, plane, context):
        if account.roles and not account.may("create", *REVIEW):
            pods = starving(view, context)
            rule = {"apiGroups": [REVIEW[0]], "resources": [REVIEW[1]], "verbs": ["create"]}
            patch = json.dumps([{"op": "add", "path": "/rules/-", "value": rule}])
            command = ("patch", "clusterrole", account.roles[0], "--type=json", "-p", patch)
            yield Finding(
                Status.FAIL,
                Scope(clusters=(context,), pairs=affected(view, context)),
                PROBLEM.format(
                    context=context,
                    account=account.name,
                    plane=plane,
                    seen=SEEN.format(pods=", ".join(pod.full_name for pod in pods)) if pods else "",
                ),
                (
                    shows(
                        context,
                        kubectl(view, context, "describe", "clusterrole", account.roles[0]),
                        "no tokenreviews.authentication.k8s.io",
                    ),
                    shows(
                        plane,
                        system(view, plane, "logs", "-l", "app=istiod", "-c", "discovery", "--tail=5000"),
                        *log_of(view, plane, "review"),
                    ),
                ),
                (
                    Step(Kind.SAFE, kubectl(view, context, *command), WHY),
                    *(step for pod in pods for step in restart_owner(view, context, pod, WHY_PODS)),
                ),
            )


CHECK = Check(
    "MC708",
    "a primary may have the tokens of a remote cluster reviewed",
    Unit.CLUSTER,
    run,
    rows=("G8",),
)

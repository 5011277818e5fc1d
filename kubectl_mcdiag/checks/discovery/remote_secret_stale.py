"""Remote secrets lead to clusters that are there.

A secret that outlived its cluster costs every istiod half a minute at each start and fills its log with errors. istiod
works without that cluster, so calls between the others go on.

To mend it: delete the secret if the cluster is gone.

Source: Istio 1.31 PILOT_REMOTE_CLUSTER_TIMEOUT; istiod logs "remote cluster … failed to sync after 30s". Catalogue B23.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import asked, system
from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.mesh.access.identity import is_primary
from kubectl_mcdiag.mesh.discovery.remote_secrets import contexts_like, meant_for, unsynced
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{holder}'s remote secret {secret} leads to {server}, a cluster {key!r} that istiod cannot read ({state}){seems}."
)
SEEMS = "; it may be --context {context}"
WHY = "only if {key} is gone for good"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning for each secret that leads to none of the clusters that were asked, and is not synced."""
    if not is_primary(view, context):
        return
    for entry, pod, found in unsynced(view, context):
        if any(meant_for(view, entry, other) for other in view.contexts) or found is None:
            continue
        likely = contexts_like(view, entry.key)
        yield Finding(
            Status.WARN,
            Scope(clusters=(context,)),
            PROBLEM.format(
                holder=context,
                secret=entry.secret.name,
                server=entry.kubeconfig.server,
                key=entry.key,
                state=found.status,
                seems=SEEMS.format(context=likely[0]) if likely else "",
            ),
            (asked(view, CLUSTERZ, context, pod.full_name, f"{found.id}  {found.secret}  {found.status}"),),
            (
                Step(
                    Kind.DISRUPTIVE,
                    system(view, context, "delete", "secret", entry.secret.name),
                    WHY.format(key=entry.key),
                ),
            ),
        )


CHECK = Check(
    "MC321",
    "remote secrets lead to clusters that are there",
    Unit.CLUSTER,
    run,
    rows=("B23",),
    guide="T4a",
)

"""Remote secrets point to clusters that exist.

A secret that outlived its cluster costs every istiod half a minute at each start and fills its log with errors. istiod
works without that cluster, so calls between the others go on.

Fix: delete the secret if the cluster is gone.

Source: Istio 1.31 PILOT_REMOTE_CLUSTER_TIMEOUT; istiod logs "remote cluster … failed to sync after 30s".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.fixes import remove_entry
from kubectl_mcdiag.checks.discovery.proof import rows_shown
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import is_primary
from kubectl_mcdiag.mesh.discovery.remote_secrets import (
    RemoteSecret,
    contexts_like,
    is_named_only,
    meant_for,
    possible,
    unsynced,
)
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder} has a remote secret for {key}, a cluster that istiod cannot read"
DETAIL = "Remote secret {secret} leads to {server}; {pod} reports it as {state}."
LIKELY = DETAIL + " It may be your context {likely}: give that with --context to have it checked."
WHY = "only if {key} is gone for good"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning for each secret that leads to none of the clusters that were asked, and is not synced."""
    if not is_primary(view, context):
        return
    for entry, pod, found in unsynced(view, context):
        if found and not any(meant_for(view, entry, other) for other in possible(view, entry)):
            yield _finding(view, entry, pod, found)
    is_named_only(view, context)  # unknown where Secrets could not be read


def _finding(view: View, entry: RemoteSecret, pod: Pod, found: RemoteCluster) -> Finding:
    likely = contexts_like(view, entry.key)[:1]
    return Finding(
        Status.WARN,
        Scope(clusters=(entry.holder,)),
        say(PROBLEM, holder=entry.holder, key=entry.key),
        (rows_shown(view, entry.holder, pod.full_name, entry.key),),
        (remove_entry(view, entry, Action.DELETE, say(WHY, key=entry.key)),),
        say(
            LIKELY if likely else DETAIL,
            secret=entry.secret.name,
            server=entry.kubeconfig.server,
            pod=pod.name,
            state=found.status,
            **({"likely": likely[0]} if likely else {}),
        ),
    )


CHECK = Check(
    "MC321",
    "remote secrets point to clusters that exist",
    Unit.CLUSTER,
    run,
    rows=("B23",),
    guide="T4a",
)

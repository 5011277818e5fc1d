"""Every istiod pod has synced every cluster it holds a remote secret for.

`synced` means that the first read of the other API server was completed. A row that is missing means that istiod
refused or ignored the secret; `syncing` or `timeout` that the other API server cannot be reached or refuses. Each
istiod pod is asked, since replicas can disagree. Where the secret itself shows why, that check says so and this one
is its consequence.

Fix: read istiod's log for "watch error in cluster"; it names the address and the error.

Source: Istio, "Troubleshooting Multicluster"; `istioctl remote-clusters`; Istio 1.31 `pkg/kube/multicluster`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.proof import istiod_log, rows_shown
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.steps import look
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, log_tail, secrets_for, unsynced_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod has not synced {context}"
STATE = "{pod} reports {key} as {state}."
ABSENT = "{pod} does not know {key}: it refused or ignored remote secret {secret}."
WHY = say("shows why, in its newest line about this cluster")
ADVICE = (
    "Ask the owner of the API server for what the log lacks: an address that istiod can reach, a"
    " token, rights. `istioctl remote-clusters` then shows {key} as synced."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each istiod pod of the source that has not synced the destination."""
    for holder in readers(view, pair.source, pair.destination):
        for entry, pod, row in unsynced_for(view, holder, pair.destination):
            yield _finding(view, pair, entry, pod, row)
        secrets_for(view, holder, pair.destination)  # unknown where it is not known whether there is one


def _finding(view: View, pair: Pair, entry: RemoteSecret, pod: Pod, row: RemoteCluster | None) -> Finding:
    holder, name = entry.holder, entry.secret.name
    state = (
        say(STATE, pod=pod.name, key=entry.key, state=row.status)
        if row
        else say(ABSENT, pod=pod.name, key=entry.key, secret=name)
    )
    return Finding(
        Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,), istiod=pod.name),
        say(PROBLEM, holder=holder, context=pair.destination),
        (rows_shown(view, holder, pod.full_name, entry.key), *_logged(view, holder, pod, entry.key)),
        (look(holder, istiod_log(view, holder, pod.name), WHY),),
        state,
        say(ADVICE, key=entry.key),
    )


def _logged(view: View, holder: str, pod: Pod, key: str) -> tuple[Evidence, ...]:
    lines = log_tail(view, holder, key)
    return (shown(holder, istiod_log(view, holder, pod.name), *lines),) if lines else ()


CHECK = Check(
    "MC311",
    "every istiod pod has synced every remote cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_SYNCED,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B19",),
    guide="T4a",
)

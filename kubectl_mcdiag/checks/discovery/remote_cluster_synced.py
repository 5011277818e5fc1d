"""Every istiod pod has synced every cluster it holds a remote secret for.

`synced` means that the first read of the other API server was completed. A row that is missing means that istiod
refused or ignored the secret; `syncing` or `timeout` that the other API server cannot be reached or refuses. Each
istiod pod is asked, since replicas can disagree. Where the secret itself shows why, that check says so and this one
is its consequence.

To mend it: read istiod's log for "watch error in cluster"; it names the address and the error.

Source: Guide T4a (ii); `istioctl remote-clusters`; Istio 1.31 `pkg/kube/multicluster`. Catalogue B19, §4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, create_remote_secret, shows, system
from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.mesh.discovery.remote_secrets import log_tail, meant_for, unsynced
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pod} in {holder} has not synced cluster {key!r} ({context}): {state}."
ABSENT = "it does not know that cluster at all, so it refused or ignored the secret {secret}"
WHY = "shows why; the newest line counts"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod pod of the source that has not synced the destination."""
    for holder in readers(view, pair.source, pair.destination):
        for entry, pod, row in unsynced(view, holder):
            if not meant_for(view, entry, pair.destination):
                continue
            state = f"its status is {row.status!r}" if row else ABSENT.format(secret=entry.secret.name)
            rows = f"{row.id}  {row.secret}  {row.status}" if row else f"no row for {entry.key}"
            yield Finding(
                Status.FAIL,
                Scope(clusters=(holder,), pairs=(pair,), istiod=pod.name),
                PROBLEM.format(pod=pod.name, holder=holder, key=entry.key, context=pair.destination, state=state),
                (
                    asked(view, CLUSTERZ, holder, pod.full_name, rows),
                    shows(
                        holder,
                        system(view, holder, "logs", pod.name, "-c", "discovery", "--tail=5000"),
                        *log_tail(view, holder, entry.key),
                    ),
                ),
                (
                    Step(
                        Kind.SAFE,
                        system(view, holder, "logs", pod.name, "-c", "discovery", "--tail=200"),
                        WHY,
                    ),
                    create_remote_secret(view, holder, pair.destination),
                ),
            )


CHECK = Check(
    "MC311",
    "every istiod pod has synced every remote cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_SYNCED,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B19",),
    guide="T4a",
)

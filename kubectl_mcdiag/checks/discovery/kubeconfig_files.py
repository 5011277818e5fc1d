"""istiod reads remote secrets, and not kubeconfigs from files in their place.

Since Istio 1.30 `PILOT_MULTICLUSTER_KUBECONFIG_PATH` makes istiod read kubeconfigs from a folder of its own. It then
looks at no remote secret at all, without a word, and names each cluster by the cluster in the file's current context.

To mend it: take the variable out, or put a kubeconfig for the cluster into that folder.

Source: Istio 1.31 `pkg/kube/multicluster/secretcontroller.go`, NewController. Catalogue B20.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.remedies import await_istiod, istiod_owners, shows, system
from kubectl_mcdiag.mesh.discovery.trouble import FILES, Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod ignores its remote secret {secret} for {context}: {why}."
WHY = "lets istiod read remote secrets again; it restarts"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod does not look at the secret for the destination at all."""
    for suspect in troubled(view, pair.source, pair.destination, Trouble.FILES):
        holder = suspect.holder
        yield Finding(
            Status.FAIL,
            Scope(clusters=(holder,), pairs=(pair,)),
            PROBLEM.format(holder=holder, secret=suspect.entry.secret.name, context=pair.destination, why=suspect.why),
            (shows(holder, system(view, holder, "get", "pods", "-l", "app=istiod", "-o", "yaml"), suspect.proof),),
            (
                *(
                    Step(Kind.DISRUPTIVE, system(view, holder, "set", "env", owner, f"{FILES}-"), WHY)
                    for owner in istiod_owners(view, holder)
                ),
                *await_istiod(view, holder),
            ),
        )


CHECK = Check(
    "MC318",
    "istiod reads remote secrets and not files in their place",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B20",),
    guide="T4a",
)

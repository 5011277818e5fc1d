"""Every istiod has taken up the remote secrets as they stand.

istiod can lose track of a cluster: when a secret was replaced while its cluster did not answer, it may go on calling
the old address, or drop the cluster and never look at the new secret. The secret is right, and nothing changes until
istiod is restarted.

To mend it: make the secret anew, to be sure of it, and restart istiod.

Source: istio/istio#58047, istio/istio#60612, istio/istio#61043; seen on Istio 1.31. Catalogue B18.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS
from kubectl_mcdiag.facts.identity import control_planes
from kubectl_mcdiag.facts.trouble import Trouble, troubled
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Symptom, Unit
from kubectl_mcdiag.remedies import create_remote_secret, restart_istiod, shows, system

PROBLEM = "{holder}'s istiod has not taken up its remote secret {secret} for {context}: {why}."
WHY = "makes istiod read its remote secrets from the start"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod holds on to an earlier secret, or lost the cluster."""
    for holder in control_planes(view, pair.source):
        for entry, why, proof in troubled(view, holder, pair.destination, Trouble.STUCK):
            command = system(view, holder, "logs", "-l", "app=istiod", "-c", "discovery", "--tail=5000")
            yield Finding(
                Status.FAIL,
                Scope(clusters=(holder,), pairs=(pair,)),
                PROBLEM.format(holder=holder, secret=entry.secret.name, context=pair.destination, why=why),
                (shows(holder, command, proof),),
                (create_remote_secret(view, holder, pair.destination), *restart_istiod(view, holder, WHY)),
            )


CHECK = Check(
    "MC313",
    "istiod has taken up the remote secrets as they stand",
    Unit.PAIR,
    run,
    (CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS),
    caused_by=("MC110", "MC304"),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B18",),
    guide="T4a",
)

"""The API server named in a remote secret is the cluster's, and istiod can reach it.

istiod calls the `server` of the kubeconfig from inside its own cluster. An address that only the operator's machine
knows (`127.0.0.1` of kind and minikube), one nobody answers at, or one that a firewall closes leaves the cluster
in `syncing` and then `timeout`. The address is judged only where istiod did not sync: one that differs from your
kubeconfig's is ordinary.

To mend it: make the secret anew with `--server` set to an address that pods of this cluster can reach.

Source: istio/istio#31081, istio/istio#58047; istiod logs "watch error in cluster … dial tcp". Catalogue B8, B9.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS
from kubectl_mcdiag.facts.identity import control_planes
from kubectl_mcdiag.facts.remote_secrets import log_tail, server
from kubectl_mcdiag.facts.trouble import Trouble, troubled
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Symptom, Unit
from kubectl_mcdiag.remedies import create_remote_secret, shows, system

PROBLEM = "{holder}'s remote secret {secret} sends istiod to {server} for {context}, and {why}{known}."
KNOWN = "; your kubeconfig has {server} for that cluster"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod cannot reach the address it was given for the destination."""
    for holder in control_planes(view, pair.source):
        for entry, why, error in troubled(view, holder, pair.destination, Trouble.ADDRESS):
            known = server(view, pair.destination)
            yield Finding(
                Status.FAIL,
                Scope(clusters=(holder,), pairs=(pair,)),
                PROBLEM.format(
                    holder=holder,
                    secret=entry.secret.name,
                    server=entry.kubeconfig.server,
                    context=pair.destination,
                    why=why,
                    known=KNOWN.format(server=known) if known and known != entry.kubeconfig.server else "",
                ),
                (
                    shows(
                        holder,
                        system(view, holder, "logs", "-l", "app=istiod", "-c", "discovery", "--tail=5000"),
                        *(log_tail(view, holder, entry.key) or (error,)),
                    ),
                ),
                (create_remote_secret(view, holder, pair.destination),),
            )


CHECK = Check(
    "MC308",
    "istiod can reach the API server named in each remote secret",
    Unit.PAIR,
    run,
    (CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B8", "B9"),
    guide="T4a",
)

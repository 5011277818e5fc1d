"""The API server accepts the token in each remote secret.

A token that expired, was cut, or whose ServiceAccount or token Secret was deleted is refused. istiod then stays in
`timeout`, or, where it had synced before, keeps endpoints that grow stale.

To mend it: make the secret anew; `istioctl create-remote-secret` asks the other cluster for a valid token.

Source: istio/istio#34210, istio/istio#60612; istiod logs "watch error in cluster … Unauthorized". Catalogue B12.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS
from kubectl_mcdiag.facts.identity import control_planes
from kubectl_mcdiag.facts.remote_secrets import log_tail
from kubectl_mcdiag.facts.trouble import Trouble, troubled
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Symptom, Unit
from kubectl_mcdiag.remedies import create_remote_secret, shows, system

PROBLEM = "{context}'s API server refuses the token in {holder}'s remote secret {secret}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the token for the destination is refused."""
    for holder in control_planes(view, pair.source):
        for entry, why, error in troubled(view, holder, pair.destination, Trouble.TOKEN):
            yield Finding(
                Status.FAIL,
                Scope(clusters=(holder,), pairs=(pair,)),
                PROBLEM.format(context=pair.destination, holder=holder, secret=entry.secret.name, why=why),
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
    "MC309",
    "the API server accepts the token in each remote secret",
    Unit.PAIR,
    run,
    (CLUSTERZ, CONFIG_MAPS, ISTIOD_LOG, KUBECONFIG, PODS, RESOURCES, SECRETS),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B12",),
    guide="T4a",
)

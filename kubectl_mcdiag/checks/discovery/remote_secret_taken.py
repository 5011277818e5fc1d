"""Every istiod has taken up the remote secrets as they stand.

istiod can lose track of a cluster: when a secret was replaced while its cluster did not answer, it may go on calling
the old address, or drop the cluster and never look at the new secret. The secret is right, and nothing changes until
istiod is restarted.

To mend it: make the secret anew, to be sure of it, and restart istiod.

Source: istio/istio#58047, istio/istio#60612, istio/istio#61043; seen on Istio 1.31. Catalogue B18.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, worded
from kubectl_mcdiag.checks.remedies import create_remote_secret, logged, restart_istiod
from kubectl_mcdiag.mesh.discovery.trouble import Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod has not taken up its remote secret {secret} for {context}: {why}."
WHY = "makes istiod read its remote secrets from the start"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod holds on to an earlier secret, or lost the cluster."""
    for suspect in troubled(view, pair.source, pair.destination, Trouble.STUCK):
        yield Finding(
            Status.FAIL,
            Scope(clusters=(suspect.holder,), pairs=(pair,)),
            worded(view, pair, suspect, PROBLEM),
            (logged(view, suspect),),
            (
                create_remote_secret(view, suspect.holder, pair.destination),
                *restart_istiod(view, suspect.holder, WHY),
            ),
        )


CHECK = Check(
    "MC313",
    "istiod has taken up the remote secrets as they stand",
    Unit.PAIR,
    run,
    caused_by=("MC110", "MC304"),
    leads_to=LEADS_TO,
    rows=("B18",),
    guide="T4a",
)

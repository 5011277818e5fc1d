"""Every istiod has picked up the remote secrets as they stand.

istiod can lose track of a cluster: when a secret was replaced while its cluster did not answer, it may go on calling
the old address, or drop the cluster and never look at the new secret. The secret is right, and nothing changes until
istiod is restarted.

Fix: make a new secret, to be sure of it, and restart istiod.

Source: istio/istio#58047, istio/istio#60612, istio/istio#61043; seen on Istio 1.31.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, detailed, worded
from kubectl_mcdiag.checks.fixes import restart_istiod
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod has not picked up its remote secret for {context}"
DETAIL = "Remote secret {secret}: {why}. istiod does not look at the secret again until it restarts."
WHY = say("makes istiod read all its remote secrets")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where istiod holds on to an earlier secret, or lost the cluster."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.STUCK):
        holder = failing.holder
        yield Finding(
            Status.FAIL,
            Scope(clusters=(holder,), pairs=(pair,)),
            worded(failing, pair, PROBLEM),
            reported(view, failing),
            (create_remote_secret(view, holder, pair.destination), *restart_istiod(view, holder, WHY)),
            detailed(view, failing, pair, DETAIL),
        )


CHECK = Check(
    "MC313",
    "istiod has picked up the remote secrets as they stand",
    Unit.PAIR,
    run,
    caused_by=("MC110", "MC304"),
    leads_to=LEADS_TO,
    rows=("B18",),
    guide="T4a",
)

"""Each remote secret points to the cluster it names, and not back to its own.

A secret made with the wrong `--context` holds the credentials of the cluster that it is applied to. istiod then reads
its own cluster twice, once under the other's name: the row says `synced`, local endpoints take the place of the other
cluster's, and nothing of the other cluster is known.

Fix: make a new secret with `--context` set to the other cluster.

Source: `istioctl create-remote-secret` takes cluster and name from two places; seen on Istio 1.31.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.discovery.proof import own_server_shown, reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, worded
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret for {context} points back to {holder}"
DETAIL = (
    "Remote secret {secret} has the server {server}, which is {holder}'s own: istiod reads its own cluster twice, once"
    " under the other name, and nothing of {context}."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the secret for the destination points back to its holder."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.ITSELF):
        yield Finding(
            Status.FAIL,
            Scope(clusters=(failing.holder,), pairs=(pair,)),
            worded(failing, pair, PROBLEM),
            (*reported(view, failing), *own_server_shown(view, failing)),
            (create_remote_secret(view, failing.holder, pair.destination),),
            worded(failing, pair, DETAIL),
        )


CHECK = Check(
    "MC305",
    "each remote secret points to the cluster it names",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B7",),
    guide="T4a",
)

"""The API server named in a remote secret is the cluster's, and istiod can reach it.

istiod calls the `server` of the kubeconfig from inside its own cluster. An address that only the operator's machine
knows (`127.0.0.1` of kind and minikube), one nobody answers at, or one that a firewall closes leaves the cluster
in `syncing` and then `timeout`. The address is judged only where istiod did not sync: one that differs from your
kubeconfig's is ordinary.

Fix: make a new secret with `--server` set to an address that pods of this cluster can reach.

Source: istio/istio#31081, istio/istio#58047; istiod logs "watch error in cluster … dial tcp".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod cannot reach the API server of {context} at {server}"
DETAIL = "The address comes from remote secret {secret}; {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod cannot reach the address it was given for the destination."""
    return refusals(view, pair, ReadFailure.ADDRESS, PROBLEM, DETAIL)


CHECK = Check(
    "MC308",
    "istiod can reach the API server named in each remote secret",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=(
        "B8",
        "B9",
    ),
    guide="T4a",
)

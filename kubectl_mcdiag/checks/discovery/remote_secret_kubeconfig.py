"""Each remote secret holds a kubeconfig that can be used.

A kubeconfig that is empty, is no YAML, or names a context, cluster or server that it does not have is refused as soon
as istiod sees it: the cluster has no row in `istioctl remote-clusters`, and one line in istiod's log says why.

Fix: make a new secret with `istioctl create-remote-secret`.

Source: Istio 1.31 `pkg/kube/util.go`; istiod logs "create remote cluster failed: kubeconfig is not valid".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod cannot use its remote secret for {context}"
DETAIL = "Remote secret {secret}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod cannot use the kubeconfig for the destination at all."""
    return refusals(view, pair, ReadFailure.KUBECONFIG, PROBLEM, DETAIL)


CHECK = Check(
    "MC306",
    "each remote secret holds a kubeconfig that can be used",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B16",),
    guide="T4a",
)

"""Each remote secret holds a kubeconfig that can be used.

A kubeconfig that is empty, is no YAML, or names a context, cluster or server that it does not have is refused as soon
as istiod sees it: the cluster has no row in `istioctl remote-clusters`, and one line in istiod's log says why.

To mend it: make the secret anew with `istioctl create-remote-secret`.

Source: Istio 1.31 `pkg/kube/util.go`; istiod logs "create remote cluster failed: kubeconfig is not valid".
Catalogue B16.
"""

from collections.abc import Iterator

from kubectl_mcdiag.facts.trouble import Trouble
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Unit
from kubectl_mcdiag.refusals import LEADS_TO, READS, refusals

PROBLEM = "istiod cannot use {holder}'s remote secret {secret} for {context}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod cannot use the kubeconfig for the destination at all."""
    return refusals(view, pair, Trouble.KUBECONFIG, PROBLEM)


CHECK = Check(
    "MC306",
    "each remote secret holds a kubeconfig that can be used",
    Unit.PAIR,
    run,
    READS,
    leads_to=LEADS_TO,
    rows=("B16",),
    guide="T4a",
)

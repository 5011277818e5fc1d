"""istiod accepts the kind of authentication in each remote secret.

istiod runs no programs and reads no files on behalf of a secret: a kubeconfig with `exec` (as of EKS, GKE and AKS),
`tokenFile`, `client-certificate`, `client-key` or an auth provider other than `oidc` is refused, and the cluster has
no row in `istioctl remote-clusters`. `PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS` on istiod allows them by name.

Fix: make a new secret with `istioctl create-remote-secret`, which puts a token into it.

Source: Istio 1.31 `sanitizeKubeConfig`; istiod logs "kubeconfig is not allowed: exec is not allowed".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod refuses the authentication in its remote secret for {context}"
DETAIL = "Remote secret {secret} authenticates by {why}, which istiod does not allow."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod refuses the kind of authentication for the destination."""
    return refusals(view, pair, ReadFailure.AUTHENTICATION, PROBLEM, DETAIL)


CHECK = Check(
    "MC307",
    "istiod accepts the kind of authentication in each remote secret",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B15",),
    guide="T4a",
)

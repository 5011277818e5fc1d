"""Each remote secret holds the CA that signed its API server's certificate.

A secret that was copied, or that leads through a proxy (Rancher, Loft, vCluster) but holds the cluster's own CA, makes
istiod refuse the connection. Where istiod synced, a CA that differs from the cluster's is in order and not named.

Fix: make a new secret; behind a proxy put the proxy's CA into it, or use the API server's own address.

Source: istio/istio#51376, istio/istio.io#15911; istiod logs "x509: certificate signed by unknown authority".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod does not trust the certificate of {context}'s API server"
DETAIL = "The CA in remote secret {secret} does not verify the certificate of {server}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod does not trust the API server of the destination."""
    return refusals(view, pair, ReadFailure.AUTHORITY, PROBLEM, DETAIL)


CHECK = Check(
    "MC310",
    "each remote secret trusts its API server's certificate",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B10",),
    guide="T4a",
)

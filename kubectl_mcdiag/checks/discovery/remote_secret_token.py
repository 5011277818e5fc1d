"""The API server accepts the token in each remote secret.

A token that expired, was cut, or whose ServiceAccount or token Secret was deleted is refused. istiod then stays in
`timeout`, or, where it had synced before, keeps endpoints that become stale. An account that was deleted and recreated
is another one, with another UID: the old token stays void.

Fix: make a new secret; `istioctl create-remote-secret` asks the other cluster for a valid token.

Source: istio/istio#34210, istio/istio#60612; istiod logs "watch error in cluster … Unauthorized".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context}'s API server refuses the token in {holder}'s remote secret"
DETAIL = "Token in remote secret {secret}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the token for the destination is refused."""
    return refusals(view, pair, ReadFailure.TOKEN, PROBLEM, DETAIL)


CHECK = Check(
    "MC309",
    "the API server accepts the token in each remote secret",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B12",),
    guide="T4a",
)

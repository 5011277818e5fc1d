"""A remote secret uses the proxy through which its API server is reached.

`istioctl create-remote-secret` drops the `proxy-url` of the kubeconfig it is made from. Where the API server can be
reached only through that proxy, istiod calls it directly and gets no answer.

Fix: add `proxy-url` to the kubeconfig in the secret; the proxy must be one that istiod can reach as well.

Source: istio/istio#51934.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, worded
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.discovery.remote_secrets import proxy
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret for {context} lacks the proxy of its API server"
DETAIL = "Remote secret {secret} calls {server} directly, and {why}. Your kubeconfig goes through the proxy {known}."
ADVICE = (
    "Add the line proxy-url: PROXY below clusters[0].cluster.server of the kubeconfig in {secret} (data key {key}),"
    " where PROXY is that proxy as pods of {holder} reach it, for example {proxy}; istioctl has no option for it. Or"
    " allow pods of {holder} to connect to {server}. istioctl remote-clusters then shows {key} as synced."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where you reach the destination through a proxy and istiod does not."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.PROXY):
        known, entry = proxy(view, pair.destination), failing.entry
        yield Finding(
            Status.FAIL,
            Scope(clusters=(failing.holder,), pairs=(pair,)),
            worded(failing, pair, PROBLEM),
            reported(view, failing),
            detail=worded(failing, pair, DETAIL, known=known),
            advice=say(
                ADVICE,
                secret=entry.secret.name,
                key=entry.key,
                holder=failing.holder,
                proxy=known,
                server=entry.kubeconfig.server,
            ),
        )


CHECK = Check(
    "MC315",
    "remote secrets use the proxy that their API server needs",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B24",),
    guide="T4a",
)

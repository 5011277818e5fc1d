"""A remote secret uses the proxy through which its API server is reached.

`istioctl create-remote-secret` drops the `proxy-url` of the kubeconfig it is made from. Where the API server can be
reached only through that proxy, istiod calls it directly and gets no answer.

To mend it: add `proxy-url` to the kubeconfig in the secret; the proxy must be one that istiod can reach as well.

Source: istio/istio#51934. Catalogue B24.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, worded
from kubectl_mcdiag.checks.remedies import create_remote_secret, logged
from kubectl_mcdiag.mesh.discovery.remote_secrets import proxy
from kubectl_mcdiag.mesh.discovery.trouble import Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret {secret} calls {context} at {server} directly, and {why}"
THROUGH = "; your kubeconfig goes through the proxy {proxy}."
SED = '"s|^\\( *\\)server: .*|&\\n\\1proxy-url: $PROXY|"'
WHY = "PROXY: the proxy as pods of {holder} reach it, for example {proxy}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where you reach the destination through a proxy and istiod does not."""
    for suspect in troubled(view, pair.source, pair.destination, Trouble.PROXY):
        known = proxy(view, pair.destination)
        yield Finding(
            Status.FAIL,
            Scope(clusters=(suspect.holder,), pairs=(pair,)),
            worded(view, pair, suspect, PROBLEM) + THROUGH.format(proxy=known),
            (logged(view, suspect),),
            (
                Step(
                    Kind.NEEDS_INPUT,
                    create_remote_secret(view, suspect.holder, pair.destination).command.replace(
                        " | ", f" | sed {SED} | "
                    ),
                    WHY.format(holder=suspect.holder, proxy=known),
                ),
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

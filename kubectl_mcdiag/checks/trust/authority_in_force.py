"""istiod signs with the CA that the Secret `cacerts` holds.

The Secret can be right and not be used: istiod reads it when it starts, and without it generates its own root. A
Secret created later changes nothing until istiod is restarted, and comparing the Secrets, as Istio's guide does, finds
them equal. What counts is the root that istiod published in `istio-ca-root-cert`.

Fix: restart istiod, then the gateways and workloads, in that order.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`; istiod logs "Use self-signed certificate as the CA certificate".
Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restart_istiod, restart_proxies
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.proof import plugged_shown, roots_shown
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import ignored, is_self_signed, odd_one, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod of {plane} does not sign with the CA in cacerts"
DETAIL = (
    "It signs with root {used}, which it made for itself, and the root in cacerts is {wanted}: it has not been"
    " restarted since that Secret was created."
)
WHY_ISTIOD = say("istiod reads cacerts when it starts")
WHY_WORKLOADS = say("proxies keep certificates of the old CA for up to 24 hours")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ only because `cacerts` is not in force."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context in odd_one(view, pair.source, pair.destination):
        if (unused := ignored(view, context)) and is_self_signed(view, context):
            yield _finding(view, context, pair, unused[0])


def _finding(view: View, context: str, pair: Pair, wanted: Certificate) -> Finding:
    plane = control_planes(view, context)[0]
    used = roots(view, context)[0]
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        say(PROBLEM, plane=plane),
        (plugged_shown(view, plane, wanted), roots_shown(view, context)),
        restart_istiod(view, plane, WHY_ISTIOD) + restart_proxies(view, context, WHY_WORKLOADS),
        say(DETAIL, wanted=wanted.short, used=used.short),
    )


CHECK = Check(
    "MC203",
    "istiod signs with the CA in cacerts",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A3",),
    guide="T3",
)

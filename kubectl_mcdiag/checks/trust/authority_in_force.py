"""istiod signs with the CA that the Secret `cacerts` holds.

The Secret can be right and not be used: istiod reads it when it starts, and without it makes a root of its own. A
Secret made later changes nothing until istiod is restarted, and comparing the Secrets, as Istio's guide does, finds
them equal. What counts is the root that istiod published in `istio-ca-root-cert`.

To mend it: restart istiod, then the gateways and workloads, in that order.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`; istiod logs "Use self-signed certificate as the CA certificate".
Guide T3. Catalogue A3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import restart_istiod, restart_workloads, shows, system
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import ROOTS, ignored, is_self_signed, odd_one, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} has a Secret cacerts with root {wanted}, but its istiod signs with root {used}, which it made for"
    " itself: it has not been restarted since the Secret was made."
)
WHY_ISTIOD = "istiod reads cacerts when it starts"
WHY_WORKLOADS = "proxies keep certificates of the old CA for up to 24 hours"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ only because `cacerts` is not in force."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context in odd_one(view, pair.source, pair.destination):
        if (unused := ignored(view, context)) and is_self_signed(view, context):
            yield _finding(view, context, pair, unused[0].short)


def _finding(view: View, context: str, pair: Pair, wanted: str) -> Finding:
    plane = control_planes(view, context)[0]
    used = roots(view, context)[0]
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        PROBLEM.format(context=plane, wanted=wanted, used=used.short),
        (
            shows(
                plane,
                system(view, plane, "get", "secret", "cacerts"),
                f"root-cert.pem: SHA-256 {wanted}…",
            ),
            shows(
                context,
                system(view, context, "get", "configmap", ROOTS, "-o", "yaml"),
                f"root-cert.pem: SHA-256 {used.short}…, {used.subject}",
            ),
        ),
        restart_istiod(view, plane, WHY_ISTIOD) + restart_workloads(view, context, WHY_WORKLOADS),
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

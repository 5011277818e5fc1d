"""Every primary cluster has a plugged-in CA.

Without the Secret `cacerts` each istiod makes a root of its own, and no two clusters trust each other: local calls
work, calls to the other cluster end in 503 with CERTIFICATE_VERIFY_FAILED or TLSV1_ALERT_UNKNOWN_CA.

To mend it: issue an intermediate CA for the cluster from the root that the other clusters use, put it into `cacerts`,
and restart istiod, gateways and workloads, in that order. Only you hold the root's key; mcdiag never asks for it.

Source: Istio, "Plug in CA Certificates". Guide T3. Catalogue A1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.checks.trust.fixes import plug_in
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import ROOTS, external, foreign_roots, odd_one, plugged, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} has no Secret cacerts in {namespace}: its istiod made a root of its own ({used}), which is not the root"
    " of {others}."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ because a CA was never plugged in."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context in odd_one(view, pair.source, pair.destination):
        if plugged(view, context) is None and not external(view, context):
            yield _finding(view, context, pair)


def _finding(view: View, context: str, pair: Pair) -> Finding:
    plane = control_planes(view, context)[0]
    used = roots(view, context)[0]
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        PROBLEM.format(
            context=plane,
            namespace=view.settings.istio_namespace,
            used=used.short,
            others=listed(foreign_roots(view, context)),
        ),
        (
            shows(plane, system(view, plane, "get", "secret", "cacerts"), 'secrets "cacerts" not found'),
            shows(
                context,
                system(view, context, "get", "configmap", ROOTS, "-o", "yaml"),
                f"root-cert.pem: SHA-256 {used.short}…, {used.subject}",
            ),
        ),
        plug_in(view, plane, context),
    )


CHECK = Check(
    "MC202",
    "every primary cluster has a plugged-in CA",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A1",),
    guide="T3",
)

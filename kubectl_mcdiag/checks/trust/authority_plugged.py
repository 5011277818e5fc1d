"""Every primary cluster has a plugged-in CA.

Without the Secret `cacerts` each istiod generates its own root, and no two clusters trust each other: local calls
work, calls to the other cluster end in 503 with CERTIFICATE_VERIFY_FAILED or TLSV1_ALERT_UNKNOWN_CA.

Fix: issue an intermediate CA for the cluster from the root that the other clusters use, put it into `cacerts`, and
restart istiod, gateways and workloads, in that order. Only you hold the key of the root; mcdiag never asks for it.

Source: Istio, "Plug in CA Certificates". Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.checks.trust.fixes import plug_in
from kubectl_mcdiag.checks.trust.proof import roots_shown
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import CACERTS, external, foreign_roots, odd_one, plugged, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{plane} has no plugged-in CA"
DETAIL = (
    "There is no Secret cacerts in {namespace}, so istiod generated its own root ({used}), which is not the root of"
    " {others}."
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
    target = Object(plane, "secret", CACERTS, view.settings.istio_namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        say(PROBLEM, plane=plane),
        (object_shown(view, target, 'secrets "cacerts" not found', output=()), roots_shown(view, context)),
        plug_in(view, plane, context),
        say(
            DETAIL,
            namespace=target.namespace,
            used=roots(view, context)[0].short,
            others=foreign_roots(view, context),
        ),
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

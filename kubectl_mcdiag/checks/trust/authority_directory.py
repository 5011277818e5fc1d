"""istiod looks for its CA where `cacerts` is mounted.

The variable ROOT_CA_DIR names the directory; `cacerts` is mounted at `/etc/cacerts`. With another one istiod finds no
CA and generates its own root, though the Secret is right.

Fix: take ROOT_CA_DIR out of istiod's Deployment (and out of the values that it was installed with), or mount
`cacerts` there; then restart gateways and workloads.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`; istio-ecosystem/sail-operator#534.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import await_istiod, istiod_makers, restart_proxies, set_environment
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import istiods_shown, variable
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.checks.trust.proof import roots_shown
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import elsewhere, fingerprints, plugged, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

VARIABLE = "ROOT_CA_DIR"
PROBLEM = "istiod of {plane} looks for its CA in {directory}, where cacerts is not mounted"
DETAIL = (
    "ROOT_CA_DIR names that directory, and cacerts is mounted at /etc/cacerts: istiod signs with root {used} instead of"
    " the one in cacerts ({wanted})."
)
WHY = say("istiod finds cacerts; take the variable out of the values of your installation as well")
WHY_WORKLOADS = say("proxies keep certificates of the old CA for up to 24 hours")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ because istiod looked elsewhere."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context in (pair.source, pair.destination):
        plane, wanted = control_planes(view, context)[0], plugged(view, context) or ()
        if elsewhere(view, plane) and wanted and not fingerprints(wanted) & fingerprints(roots(view, context)):
            yield _finding(view, pair, context, wanted[0])


def _finding(view: View, pair: Pair, context: str, wanted: Certificate) -> Finding:
    plane = control_planes(view, context)[0]
    directory = elsewhere(view, plane)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        say(PROBLEM, plane=plane, directory=directory),
        (istiods_shown(view, plane, *variable(VARIABLE, directory)), roots_shown(view, context)),
        _fix(view, plane, context),
        say(DETAIL, used=roots(view, context)[0].short, wanted=wanted.short),
    )


def _fix(view: View, plane: str, context: str) -> tuple[Step, ...]:
    return (
        *(set_environment(view, target, (f"{VARIABLE}-",), WHY) for target in istiod_makers(view, plane)),
        *await_istiod(view, plane),
        *restart_proxies(view, context, WHY_WORKLOADS),
    )


CHECK = Check(
    "MC212",
    "istiod looks for its CA where cacerts is mounted",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A12",),
)

"""istiod looks for its CA where `cacerts` is mounted.

The variable ROOT_CA_DIR names the directory; `cacerts` is mounted at `/etc/cacerts`. With another one istiod finds no
CA and makes a root of its own, though the Secret is right.

To mend it: take ROOT_CA_DIR out of istiod's Deployment (and out of the values that it was installed with), or mount
`cacerts` there; then restart gateways and workloads.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`; istio-ecosystem/sail-operator#534. Catalogue A12.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import owner, restart_workloads, shows, system
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import elsewhere, fingerprints, plugged, roots, share_a_root
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "istiod of {plane} looks for its CA in ROOT_CA_DIR={directory}, while cacerts is mounted at /etc/cacerts: it signs"
    " with {used} instead of the root in cacerts ({wanted})."
)
WHY = "lets istiod find cacerts again; take it out of your installation's values as well"
WHY_WORKLOADS = "proxies keep certificates of the old CA for up to 24 hours"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ because istiod looked elsewhere."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context in (pair.source, pair.destination):
        plane, wanted = control_planes(view, context)[0], plugged(view, context) or ()
        if elsewhere(view, plane) and wanted and not fingerprints(wanted) & fingerprints(roots(view, context)):
            yield Finding(
                Status.FAIL,
                Scope(clusters=(plane,), pairs=(pair,)),
                PROBLEM.format(
                    plane=plane,
                    directory=elsewhere(view, plane),
                    used=roots(view, context)[0].short,
                    wanted=wanted[0].short,
                ),
                (
                    shows(
                        plane,
                        system(view, plane, "get", "pods", "-l", "app=istiod", "-o", "yaml"),
                        f"ROOT_CA_DIR: {elsewhere(view, plane)}",
                    ),
                ),
                _fix(view, plane, context),
            )


def _fix(view: View, plane: str, context: str) -> tuple[Step, ...]:
    owners = sorted({owner(pod) for pod in istiods(view, plane)})
    unset = [system(view, plane, "set", "env", name, "-c", "discovery", "ROOT_CA_DIR-") for name in owners]
    wait = [system(view, plane, "rollout", "status", name, "--timeout=180s") for name in owners]
    return (
        *(Step(Kind.DISRUPTIVE, command, WHY) for command in unset),
        *(Step(Kind.DISRUPTIVE, command, "waits until it is back") for command in wait),
        *restart_workloads(view, context, WHY_WORKLOADS),
    )


CHECK = Check(
    "MC212",
    "istiod looks for its CA where cacerts is mounted",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A12",),
)

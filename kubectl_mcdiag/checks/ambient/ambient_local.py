"""Services of ambient workloads are not of local scope.

In ambient multi-network every service stays inside its cluster until somebody labels it `istio.io/global=true` in all
of them. A service that is labelled nowhere looks like a broken mesh, but is the default.

Nothing to fix: label the Service in every cluster, if calls are to cross.

Source: Istio 1.31, mesh configuration `serviceScopeConfigs`, scope LOCAL by default.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import service_object
from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.ambient.enrolment import GLOBAL, is_global, shared
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{service} {service:stays|stay} inside each cluster"
DETAIL = "The scope is LOCAL: no cluster labels the Service istio.io/global=true."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service that no cluster makes global."""
    for service in shared(view, pair.source, pair.destination):
        labelled = [c for c in (pair.source, pair.destination) if GLOBAL in services(view, c)[service].labels]
        if not labelled and not is_global(view, pair.source, pair.destination, service):
            target = service_object(pair.source, service)
            yield Finding(
                Status.NOTE,
                Scope((pair.source, pair.destination), (pair,), service),
                say(PROBLEM, service=service),
                (object_shown(view, target, f"no label {GLOBAL}", output=("--show-labels",)),),
                detail=say(DETAIL),
            )


CHECK = Check(
    "MC810",
    "services of ambient workloads are not of local scope",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("L8",),
    guide="T2",
    keeps_local=True,
)

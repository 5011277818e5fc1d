"""Services are exported where istiod shares exported ones alone.

With `ENABLE_MCS_SERVICE_DISCOVERY` istiod follows the Multi-Cluster Services API: endpoints are seen by other clusters
only where the Service has a ServiceExport beside it. Without one every service is local to its cluster.

To mend it: create a ServiceExport of the same name, or take the variable out of istiod.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/serviceexportcache.go`; `/debug/mcsz`. Catalogue D20.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, owner, shows, system, wait_for
from kubectl_mcdiag.evidence.commands import EXPORTED_SERVICES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.exports import MODE, withheld
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: istiod in {plane} shares only services with a ServiceExport ({mode}=true), and there is none for it in"
    " {context}: its endpoints there are for clients in {context} alone."
)
WHY = "lets istiod share every service again; to keep to exports, create a ServiceExport in {context} instead"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is not exported to an istiod that asks for it."""
    for service in crossing(view, pair.source, pair.destination):
        found = withheld(view, pair.source, service, pair.destination)
        if found:
            yield _finding(view, pair, service, *found)


def _finding(view: View, pair: Pair, service: str, plane: str, istiod: Pod) -> Finding:
    made_by = owner(istiod)
    off = system(view, plane, "set", "env", made_by, f"{MODE}-")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(service=service, plane=plane, mode=MODE, context=pair.destination),
        (
            shows(plane, system(view, plane, "get", "pod", istiod.name, "-o", "yaml"), f"{MODE}: true"),
            asked(view, EXPORTED_SERVICES, plane, istiod.full_name, f"{service}: Exported is not true"),
        ),
        (
            Step(Kind.DISRUPTIVE, off, WHY.format(context=pair.destination)),
            wait_for(view, plane, view.settings.istio_namespace, made_by),
        ),
    )


CHECK = Check(
    "MC522",
    "services are exported where istiod shares exported ones alone",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D20",),
    guide="T4",
)

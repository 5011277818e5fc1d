"""Services are exported where istiod shares only exported services.

With `ENABLE_MCS_SERVICE_DISCOVERY` istiod follows the Multi-Cluster Services API: endpoints are seen by other clusters
only where the Service has a ServiceExport beside it. Without one every service is local to its cluster.

Fix: create a ServiceExport of the same name, or take the variable out of istiod.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/serviceexportcache.go`; `/debug/mcsz`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked, object_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, wait
from kubectl_mcdiag.evidence.commands import EXPORTED_SERVICES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.exports import MODE, withheld
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is not exported to an istiod that asks for it."""
    for service in crossing(view, pair.source, pair.destination):
        found = withheld(view, pair.source, service, pair.destination)
        if found:
            yield _finding(view, pair, service, *found)


def _finding(view: View, pair: Pair, service: str, plane: str, istiod: Pod) -> Finding:
    pod = Object(plane, "pod", istiod.name, istiod.namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say("{service} {service:has|have} no ServiceExport in {context}", service=service, context=pair.destination),
        (
            object_shown(view, pod, f"name: {MODE}", 'value: "true"'),
            asked(view, EXPORTED_SERVICES, plane, istiod.full_name, f"{service}: Exported is not true"),
        ),
        _steps(view, plane, istiod),
        detail=say(
            "istiod in {plane} shares only exported services ({mode}=true), so that clients elsewhere do not see its"
            " endpoints in {context}.",
            plane=plane,
            mode=MODE,
            context=pair.destination,
        ),
        advice=say(
            "If services are to be exported one by one, create a ServiceExport of that name in {context} instead.",
            context=pair.destination,
        ),
    )


def _steps(view: View, plane: str, istiod: Pod) -> tuple[Step, ...]:
    target = maker(plane, istiod)
    command = kubectl(view, plane, *target.where, "set", "env", f"{target.kind}/{target.name}", f"{MODE}-")
    why = say("makes istiod share every service again")
    return Step(Action.SHARE_SERVICES, plane, command, why, target), wait(view, target)


CHECK = Check(
    "MC522",
    "services are exported where istiod shares only exported services",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D20",),
    guide="T4",
)

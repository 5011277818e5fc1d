"""Every cluster that should run istiod has at least one Running istiod pod.

Without istiod the proxies keep their last configuration: calls go on until endpoints, certificates (24 hours) or
pods change, and then fail. istiod is found by the label `app=istiod` in the system namespace, never by its name;
a cluster whose Service `istiod` has no selector is a remote one and needs none.

To mend it: read why the pods do not start (`describe`, `logs --previous`), or scale the Deployment up again.

Source: Istio 1.31; `istioctl` says "unable to find any Istiod instances". Catalogue I4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.mesh.access.identity import control_planes, is_primary, istiod_pods, istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "{context} should run istiod but no pod with label app=istiod runs in {namespace}{seen}."
WHY_SCALE = "istiod was scaled to nothing"
WHY_LOOK = "shows why its pods do not start"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where a primary has no Running istiod."""
    if istiods(view, context) or not is_primary(view, context):
        return
    system_name = view.settings.istio_namespace
    there = istiod_pods(view, context)
    seen = ": " + ", ".join(f"{pod.name} is {pod.state}" for pod in there) if there else ""
    command = system(view, context, "get", "pods", "-l", "app=istiod")
    rows = [f"{pod.name}  {pod.state}" for pod in there] or ["No resources found"]
    fix = (
        Step(Kind.SAFE, system(view, context, "describe", "pods", "-l", "app=istiod"), WHY_LOOK)
        if there
        else Step(
            Kind.SAFE,
            system(view, context, "scale", "deployment", "-l", "app=istiod", "--replicas=1"),
            WHY_SCALE,
        )
    )
    yield Finding(
        Status.FAIL,
        Scope(
            clusters=(context,),
            pairs=_calls(view, context),
        ),
        PROBLEM.format(context=context, namespace=system_name, seen=seen),
        (shows(context, command, *rows),),
        (fix,),
    )


def _calls(view: View, context: str) -> tuple[Pair, ...]:
    """Return the calls of all clusters that this one's istiod serves."""
    planes = known(view, lambda other: control_planes(view, other))
    served = [other for other, found in planes.items() if context in found]
    return tuple(Pair(one, other) for one in served for other in view.contexts if one != other)


CHECK = Check(
    "MC101",
    "istiod runs in every primary cluster",
    Unit.CLUSTER,
    run,
    caused_by=("MC206", "MC207", "MC208", "MC209", "MC210", "MC216"),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_GIVEN),
    rows=("I4",),
)

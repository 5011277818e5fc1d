"""Every cluster that should run istiod has at least one Running istiod pod.

Without istiod the proxies keep their last configuration: calls go on until endpoints, certificates (24 hours) or
pods change, and then fail. istiod is found by the label `app=istiod` in the system namespace, never by its name;
a cluster whose Service `istiod` has no selector is a remote one and needs none. It is a warning as long as every proxy
is ready and no call is seen to fail.

Fix: read why the pods do not start (`describe`, `logs --previous`), or scale the Deployment up if it is scaled to 0.

Source: Istio 1.31; `istioctl` says "unable to find any Istiod instances".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import UNREADY
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Object, Step, kubectl, look, scale_up
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import (
    REVISION,
    control_planes,
    is_primary,
    istiod_pods,
    istiod_services,
    istiods,
    revisions,
)
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "{context} has no running istiod"
NONE = "No pod with label app=istiod runs in {namespace}, and none is starting."
SEEN = "No pod with label app=istiod runs in {namespace}: {states}."
LATER = " Proxies keep the configuration that they have until pods, endpoints or certificates change."
UNTIL = "Calls still work. New pods get no sidecar, and certificates expire within 24 hours."
OTHER = "{context} has no istiod of revision {revision}; it has {found}"
WHY_SCALE = say("starts istiod if it is scaled to 0, and fails if it is not; use the number of replicas it should have")
WHY_LOOK = say("shows why its pods do not start")
SELECTOR = ("-l", "app=istiod")


def run(view: View, context: str) -> Iterator[Finding | NotJudged]:
    """Yield a failure where a primary has no Running istiod."""
    if istiods(view, context) or not is_primary(view, context):
        return
    wanted, there = view.settings.revision, revisions(view, context)
    if wanted and wanted not in there:
        reason = OTHER.format(context=context, revision=wanted, found=", ".join(there) or "none with a revision")
        yield NotJudged(Scope((context,), _calls(view, context)), reason)
    else:
        yield _finding(view, context, istiod_pods(view, context), _calls(view, context))


def _finding(view: View, context: str, there: tuple[Pod, ...], calls: tuple[Pair, ...]) -> Finding:
    namespace = view.settings.istio_namespace
    rows = [f"{pod.name}  {pod.state}" for pod in there] or ["No resources found"]
    states = tuple(f"{pod.name} is {pod.state}" for pod in there)
    return Finding(
        Status.FAIL,
        Scope((context,), calls),
        say(PROBLEM, context=context),
        (listed_shown(view, context, namespace, ("pods", *SELECTOR), *rows),),
        (_described(view, context),) if there else _started(view, context),
        say((SEEN if there else NONE) + LATER, namespace=namespace, **({"states": states} if there else {})),
        UNREADY if there else NOTHING,
    )


def _described(view: View, context: str) -> Step:
    where = ("-n", view.settings.istio_namespace)
    return look(context, kubectl(view, context, *where, "describe", "pods", *SELECTOR), WHY_LOOK)


def _started(view: View, context: str) -> tuple[Step, ...]:
    """Scale up the Deployments of istiod, which Istio's charts name like their Services."""
    wanted = view.settings.revision
    named = (service for service in istiod_services(view, context) if service.selector)
    return tuple(
        scale_up(view, Object(context, "deployment", service.name, service.namespace), 1, WHY_SCALE)
        for service in named
        if not wanted or service.labels.get(REVISION) == wanted
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
    holds_up=True,
    until=UNTIL,
)

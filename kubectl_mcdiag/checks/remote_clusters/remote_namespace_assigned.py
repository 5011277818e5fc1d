"""A remote cluster's system namespace says whose istiod takes care of it.

The annotation `topology.istio.io/controlPlaneClusters` on the system namespace names, by cluster ID or `*`, the
primaries whose istiods write the root certificate into its namespaces and the CA into its webhooks (since Istio 1.15).
Without it pods in new namespaces hang because the ConfigMap `istio-ca-root-cert` is missing.

Fix: annotate the namespace, and restart istiod, which looks only when it begins to read a cluster.

Source: Istio 1.31 `checkShouldLead`, `multicluster.go`; istiod logs "should join leader-election for cluster …:
false".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import restart_istiod
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.remote_clusters.fixes import restart_starving
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, patch
from kubectl_mcdiag.mesh.access.identity import (
    CONTROL_PLANES,
    assigned_ids,
    cluster_id,
    control_planes,
    system_namespace,
)
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Namespace {namespace} of {context} does not name {plane} as its control plane"
MISSING = "It has no annotation topology.istio.io/controlPlaneClusters"
OTHER = "Its annotation topology.istio.io/controlPlaneClusters is {found} and not {name}"
EFFECT = ", so istiod writes no root certificate into new namespaces of {context}."
SEEN = " Not ready: {pods}."
GOES_ON = " Calls of pods that run go on."
WHY = "names the cluster of {plane} as well"
WHY_RESTART = say("istiod reads the annotation when it begins to read a cluster")
WHY_PODS = say("starts at once with the root certificate, instead of at kubelet's next retry")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the annotation does not name the primary: a failure where proxies are not ready."""
    plane = control_planes(view, context)[0]
    if not {cluster_id(view, plane), "*"} & assigned_ids(view, context):
        yield _finding(view, context, plane)


def _finding(view: View, context: str, plane: str) -> Finding:
    namespace, pods = view.settings.istio_namespace, waiting_pods(view, context)
    found = system_namespace(view, context).annotations.get(CONTROL_PLANES, "")
    described = kubectl(view, context, "describe", "namespace", namespace)
    return Finding(
        Status.FAIL if pods else Status.WARN,
        Scope(clusters=(context,), pairs=affected(view, context)),
        say(PROBLEM, namespace=namespace, context=context, plane=plane),
        (shown(context, described, f"{CONTROL_PLANES}: {found}" if found else "Annotations:"),),
        (
            _step(view, context, plane, found),
            *restart_istiod(view, plane, WHY_RESTART),
            *restart_starving(view, context, WHY_PODS),
        ),
        _detail(found, cluster_id(view, plane), context, tuple(pod.full_name for pod in pods)),
    )


def _detail(found: str, name: str, context: str, pods: tuple[str, ...]) -> Message:
    ending = EFFECT + (SEEN if pods else GOES_ON)
    seen = {"pods": pods} if pods else {}
    if found:
        return say(OTHER + ending, found=found, name=name, context=context, **seen)
    return say(MISSING + ending, context=context, **seen)


def _step(view: View, context: str, plane: str, found: str) -> Step:
    target, name = Object(context, "namespace", view.settings.istio_namespace), cluster_id(view, plane)
    why = say(WHY, plane=plane)
    if found:
        place = pointer("metadata", "annotations", CONTROL_PLANES)
        return patch(view, Action.LABEL, target, replaced(place, found, f"{found},{name}"), why)
    words = ("annotate", "namespace", target.name, f"{CONTROL_PLANES}={name}")
    return Step(Action.LABEL, context, kubectl(view, context, *words), why, target)


CHECK = Check(
    "MC703",
    "a remote cluster's namespace names its control plane",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    rows=("G3",),
)

"""Pods of namespaces that inject have a sidecar.

A pod that was started before its namespace was labelled, or while the webhook did not answer, has no sidecar and
looks like every other pod. As a client it resolves the Service to its ClusterIP, which has local pods alone; as a
backend it cannot be reached from another network.

To mend it: restart the workload. If the new pods have no sidecar either, the webhook is at fault.

Source: Istio, "Installing the sidecar"; opted out are `sidecar.istio.io/inject=false` and host network. Catalogue D8.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, restart_owner, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services_of
from kubectl_mcdiag.mesh.access.injection import REVISION, SWITCH, bare_pods, injection_label
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{pod} in {context} has no sidecar, though its namespace injects ({label}): its calls reach only {context}{lost}."
)
LOST = ", and calls from another network do not reach it"
WHY = "makes the pod anew, and the namespace injects it"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each pod without the sidecar that its namespace promises."""
    for pod in bare_pods(view, context):
        yield _finding(view, context, pod)


def _finding(view: View, context: str, pod: Pod) -> Finding:
    others = tuple(other for other in view.contexts if other != context)
    serves = bool(services_of(view, context, pod))
    incoming = tuple(Pair(o, context) for o in others if serves and crosses_networks(view, o, context))
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=tuple(Pair(context, other) for other in others) + incoming),
        PROBLEM.format(
            pod=pod.full_name,
            context=context,
            label=injection_label(view, context, pod.namespace),
            lost=LOST * bool(incoming),
        ),
        (
            shows(
                context,
                kubectl(view, context, "get", "namespace", pod.namespace, "-L", SWITCH, "-L", REVISION),
                f"{pod.namespace}  {injection_label(view, context, pod.namespace)}",
            ),
            shows(
                context,
                kubectl(view, context, "-n", pod.namespace, "get", "pod", pod.name),
                f"{pod.name}  containers: {', '.join(pod.containers + pod.init_containers)}",
            ),
        ),
        restart_owner(view, context, pod, WHY),
    )


CHECK = Check(
    "MC512",
    "pods of namespaces that inject have a sidecar",
    Unit.CLUSTER,
    run,
    caused_by=("MC123",),
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D8",),
    guide="T4c",
)

"""The revision that a namespace asks for is served by an istiod.

`istio.io/rev` on a namespace names a revision or a tag. Where no webhook answers to it, as after an upgrade that took
the old revision away, new pods are made without a sidecar and without a word, one restart after the other.

Fix: point the namespace at a revision that is served, and restart its workloads.

Source: Istio, "Canary upgrades"; `istioctl x check-inject`. Catalogue I3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks import steps
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.remedies import kubectl, restart_owner, shows
from kubectl_mcdiag.checks.steps import Action
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.access.injection import REVISION, orphans, revisions
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "Namespace {namespace} in {context} asks for revision {revision}, which no istiod there serves (served: {served});"
    " {count} of its pods {have} no sidecar."
)
WHY = "asks for a revision that is served"
WHY_ONLY = "asks for the one revision that is served"
WHY_RESTART = "makes the pod anew, injected"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each namespace whose revision nobody serves, a warning while its pods have sidecars still."""
    for namespace, revision in orphans(view, context):
        inside = [pod for pod in pods(view, context) if pod.namespace == namespace and pod.phase == "Running"]
        if inside:
            yield _finding(view, context, namespace, revision, [pod for pod in inside if not pod.is_injected])


def _finding(view: View, context: str, namespace: str, revision: str, bare: list[Pod]) -> Finding:
    served = sorted(revisions(view, context))
    others = tuple(other for other in view.contexts if other != context)
    both = (*(Pair(context, other) for other in others), *(Pair(other, context) for other in others))
    return Finding(
        Status.FAIL if bare else Status.WARN,
        Scope(clusters=(context,), pairs=both),
        PROBLEM.format(
            namespace=namespace,
            context=context,
            revision=revision,
            served=", ".join(served) or "none",
            count=len(bare) or "none",
            have="has" if len(bare) == 1 else "have",
        ),
        (
            shows(
                context,
                kubectl(view, context, "get", "namespace", namespace, "-L", REVISION),
                f"{namespace}  {REVISION}={revision}",
            ),
            shows(context, kubectl(view, context, "get", "mutatingwebhookconfigurations", "-L", REVISION), *served),
        ),
        (_relabel(view, context, namespace, revision, served), *_restarts(view, context, bare)),
    )


def _relabel(view: View, context: str, namespace: str, old: str, served: list[str]) -> steps.Step:
    target = steps.Object(context, "namespace", namespace)
    if len(served) == 1:
        return steps.label(view, Action.CHOOSE_NAMESPACE, target, REVISION, served[0], old, say(WHY_ONLY))
    body = ('{"metadata":{"labels":{"istio.io/rev":"', Input("REVISION", "one that is served"), '"}}}')
    return steps.merge_input(view, Action.CHOOSE_NAMESPACE, target, body, say(WHY))


def _restarts(view: View, context: str, bare: list[Pod]) -> tuple[Step, ...]:
    return tuple(dict.fromkeys(step for pod in bare for step in restart_owner(view, context, pod, WHY_RESTART)))


CHECK = Check(
    "MC123",
    "the revision that a namespace asks for is served by an istiod",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("I3",),
)

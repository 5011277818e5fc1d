"""The revision that a namespace asks for is served by an istiod.

`istio.io/rev` on a namespace names a revision or a tag. Where no webhook answers to it, as after an upgrade that took
the old revision away, new pods are created without a sidecar, one restart after the other, and nothing says so.

Fix: point the namespace at a revision that is served, and restart its workloads.

Source: Istio, "Canary upgrades"; `istioctl x check-inject`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restart_pods
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown, shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, label
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.access.injection import REVISION, opts_out, orphans, revisions
from kubectl_mcdiag.mesh.access.membership import calls_of
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Namespace {namespace} in {context} asks for revision {revision}, which no istiod serves"
BARE = "{count} of its pods {count:has|have} no sidecar. Revisions that are served: {served}."
LATER = "Its pods keep their sidecars until they are restarted. Revisions that are served: {served}."
ADVICE = (
    "Install istiod of revision {revision} in {context} again, or another one, and set the label istio.io/rev of"
    " namespace {namespace} to it; then restart the pods of that namespace. `istioctl tag list` shows what is served."
)
WHY = say("asks for a revision that is served")
WHY_ONLY = say("asks for the one revision that is served")
WHY_RESTART = say("new pods are injected")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each namespace whose revision nobody serves, a warning while its pods have sidecars still."""
    for namespace, revision in orphans(view, context):
        inside = [pod for pod in pods(view, context) if pod.namespace == namespace and pod.phase == "Running"]
        wanted = [pod for pod in inside if not opts_out(pod) and not pod.is_on_host_network]
        if inside:
            yield _finding(view, context, namespace, revision, [pod for pod in wanted if not pod.is_injected])


def _finding(view: View, context: str, namespace: str, revision: str, bare: list[Pod]) -> Finding:
    served = tuple(sorted(revisions(view, context)))
    target = Object(context, "namespace", namespace)
    hooks = kubectl(view, context, "get", "mutatingwebhookconfigurations", "-L", REVISION)
    return Finding(
        Status.FAIL if bare else Status.WARN,
        Scope(clusters=(context,), pairs=calls_of(view, context)),
        say(PROBLEM, namespace=namespace, context=context, revision=revision),
        (
            object_shown(view, target, f"{namespace}  {revision}", output=("-L", REVISION)),
            shown(context, hooks, *(served or ("No resources found",))),
        ),
        (_relabel(view, target, revision, served), *restart_pods(view, context, bare, WHY_RESTART)) if served else (),
        _detail(bare, served),
        NOTHING if served else say(ADVICE, revision=revision, context=context, namespace=namespace),
    )


def _detail(bare: list[Pod], served: tuple[str, ...]) -> Message:
    names = served or ("none",)
    return say(BARE, count=len(bare), served=names) if bare else say(LATER, served=names)


def _relabel(view: View, target: Object, old: str, served: tuple[str, ...]) -> Step:
    is_only = len(served) == 1
    new = served[0] if is_only else Input("REVISION", "one that is served")
    return label(view, Action.CHOOSE_NAMESPACE, target, REVISION, new, old, WHY_ONLY if is_only else WHY)


CHECK = Check(
    "MC123",
    "the revision that a namespace asks for is served by an istiod",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("I3",),
    is_unfollowed=True,
)

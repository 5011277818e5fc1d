"""Proxies carry the cluster and network that their webhook injects today.

A sidecar gets its cluster and network once, when its pod is created. After a cluster or network got another name, pods
that were not restarted go on under the old one: istiod refuses them certificates, or sends their calls to the
wrong gateway, while the configuration looks right everywhere.

Fix: restart the workloads that were injected before the change.

Source: Istio 1.31, injection template.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restart_pods
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown, variable
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.membership import CLUSTER, NETWORK, calls_of, outdated
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pods} in {context} {pods:has|have} {what} {old}, which is {new} now"
DETAIL = (
    "{pods:It was|They were} injected before the change and {pods:was|were} not restarted: istiod refuses such proxies"
    " certificates, or sends their calls to the wrong gateway."
)
WORDS = {CLUSTER: "cluster ID", NETWORK: "network"}
WHY = say("new pods are injected with the current values")
SHOWN = 3


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each value that pods have from an earlier injection."""
    groups: dict[tuple[str, str, str], list[Pod]] = {}
    for pod, key, new in outdated(view, context):
        groups.setdefault((key, pod.environment[key], new), []).append(pod)
    for (key, old, new), found in groups.items():
        names = tuple(pod.full_name for pod in found)
        yield Finding(
            Status.FAIL,
            Scope(clusters=(context,), pairs=calls_of(view, context)),
            say(PROBLEM, pods=names, context=context, what=WORDS[key], old=old or "(none)", new=new),
            tuple(_shown(view, context, pod, key) for pod in found[:SHOWN]),
            restart_pods(view, context, found, WHY),
            say(DETAIL, pods=names),
        )


def _shown(view: View, context: str, pod: Pod, key: str) -> Evidence:
    target = Object(context, "pod", pod.name, pod.namespace)
    return object_shown(view, target, *variable(key, pod.environment[key]))


CHECK = Check(
    "MC114",
    "proxies carry the cluster and network that their webhook injects today",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("C5",),
)

"""Pods of namespaces that inject have a sidecar.

A pod that was started before its namespace was labelled, or while the webhook did not answer, has no sidecar and looks
like every other pod. As a client it resolves the Service to its ClusterIP, which has only local pods; as a backend it
cannot be reached from another network. It is a failure where the pod is there to call others, or where no other pod
serves what it serves; a pod that does neither, as far as can be seen, is a warning. The same holds where a namespace
injects in another cluster and not here. A client that asks for no sidecar itself is a warning, and so is a workload
that has one in another cluster: its calls stay in its cluster.

Fix: restart the workload, once its namespace injects. If the new pods have no sidecar either, the webhook is at fault.

Source: Istio, "Installing the sidecar"; opted out are pods whose `sidecar.istio.io/inject` is not true, and those on
the host network.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restarted
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import makers
from kubectl_mcdiag.checks.services.proof import containers_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step
from kubectl_mcdiag.checks.steps import label as labelled
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import crosses_networks, is_caller, services_of
from kubectl_mcdiag.mesh.access.injection import (
    REVISION,
    SWITCH,
    bare_pods,
    callers_opted_out,
    forgotten_pods,
    injected_elsewhere,
    injection_label,
    injects_elsewhere,
)
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.view import View

BY_HAND = "No workload made this pod: delete it and create it again, and it is injected."

PROMISED = "{pod} in {context} has no sidecar although its namespace injects ({label})"
FORGOTTEN = "{pod} in {context} has no sidecar: its namespace injects in {other}, and not in {context}"
OPTED_OUT = "{pod} in {context} asks for no sidecar, although it is there to call others"
UNLIKE = "{pod} in {context} asks for no sidecar, and the same workload has one in {others}"
LEFT_OUT = "Take sidecar.istio.io/inject out of its pod template, if its calls are to reach other clusters."


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding for each pod without the sidecar that its namespace promises."""
    for pod in bare_pods(view, context):
        label = injection_label(view, context, pod.namespace)
        problem = say(PROMISED, pod=pod.full_name, context=context, label=label)
        yield _finding(view, context, pod, label, problem)
    for pod in forgotten_pods(view, context):
        other = injects_elsewhere(view, context, pod.namespace)
        problem = say(FORGOTTEN, pod=pod.full_name, context=context, other=other)
        found = _finding(view, context, pod, f"{SWITCH}=", problem)
        yield replace(found, fix=(_labelled(view, context, pod.namespace, other[0]), *found.fix))
    for pod in callers_opted_out(view, context):
        others = injected_elsewhere(view, context, pod)
        unlike = say(UNLIKE, pod=pod.full_name, context=context, others=others)
        problem = say(OPTED_OUT, pod=pod.full_name, context=context) if is_caller(pod) else unlike
        found = _finding(view, context, pod, injection_label(view, context, pod.namespace), problem)
        yield replace(found, status=Status.WARN, fix=(), advice=say(LEFT_OUT))


def _labelled(view: View, context: str, namespace: str, other: str) -> Step:
    key, _, value = injection_label(view, other, namespace).partition("=")
    target = Object(context, "namespace", namespace)
    why = say("enables injection in the namespace, as in {other}", other=other)
    return labelled(view, Action.WEBHOOK, target, key, value, "", why)


def _finding(view: View, context: str, pod: Pod, label: str, problem: Message) -> Finding:
    others = tuple(other for other in view.contexts if other != context)
    outgoing = tuple(Pair(context, other) for other in others)
    served = {other: _served(view, other, context, pod) for other in others}
    incoming = tuple(Pair(o, context) for o in others if served[o] and crosses_networks(view, o, context))
    names = tuple(dict.fromkeys(name for each in served.values() for name in each))
    alone = incoming and any(_is_alone(view, context, name) for name in names)
    scope = Scope(
        clusters=(context,),
        pairs=outgoing * is_caller(pod) + incoming or outgoing,
        service=names[0] if len(names) == 1 else "",
        workload="" if names else pod.full_name,
    )
    namespace = Object(context, "namespace", pod.namespace)
    return Finding(
        Status.FAIL if is_caller(pod) or alone else Status.WARN,
        scope,
        problem,
        (
            object_shown(
                view, namespace, f"{pod.namespace}  {label.partition('=')[2]}", output=("-L", SWITCH, "-L", REVISION)
            ),
            containers_shown(view, context, pod),
        ),
        restarted(view, makers(context, (pod,)), say("new pods are injected, as their namespace says")),
        detail=_detail(context, bool(incoming)),
        advice=NOTHING if makers(context, (pod,)) else say(BY_HAND),
    )


def _served(view: View, other: str, context: str, pod: Pod) -> tuple[str, ...]:
    """Return the services that clients of another cluster call and that select this pod."""
    own = services_of(view, context, pod)
    return tuple(name for name in subjects(view, other, context) if name in own)


def _is_alone(view: View, context: str, service: str) -> bool:
    """Return whether no pod behind a service has a sidecar."""
    return not any(pod.is_injected for pod in backing(view, context, service))


def _detail(context: str, is_called: bool) -> Message:
    text = "Its calls reach only pods of {context}"
    return say(text + (", and calls from another network do not reach it." if is_called else "."), context=context)


CHECK = Check(
    "MC512",
    "pods of namespaces that inject have a sidecar",
    Unit.CLUSTER,
    run,
    caused_by=("MC123",),
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D8",),
    guide="T4c",
    is_unfollowed=True,
)

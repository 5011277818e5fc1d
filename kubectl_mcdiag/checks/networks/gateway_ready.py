"""Every east-west gateway has a ready pod.

istiod hands out the gateway's address as long as its Service has one, whether or not it has a ready pod. Where it has
none, connections from other networks are refused or time out, and Envoy's retries turn that into slow local answers.

Fix: start the gateway's pods, have the Service select them, or correct what keeps them from being ready.

Source: EndpointSlice condition `ready`; Istio samples/multicluster.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import UNREADY, start
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, look, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrances, has_ready_pod, relabelled_workload
from kubectl_mcdiag.mesh.services.endpoints import matching_pods, matching_workloads
from kubectl_mcdiag.mesh.view import View

PROBLEM = "No pod is ready behind east-west gateway {gateway} in {context}"
DOWN = "{pods} {pods:is|are} not ready."
UNMATCHED = "Its selector {selector} selects no pod."
SCALED = "{workload} is scaled to 0."
NOT_MADE = "No pod of {workload} is created, which should have {count}."
WHY_LOOK = say("shows why the pod is not ready")
WHY_SELECT = "the Service selects the pods of deployment {name}"

ADVICE = say(
    "Correct the selector of the Service, or deploy the gateway's pods. `kubectl get endpointslices` then shows an"
    " endpoint."
)

Reason = tuple[Message, tuple[Step, ...]]


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway of the destination's network without a ready pod."""
    for context, service in entrances(view, pair):
        if not has_ready_pod(view, context, service.full_name):
            yield _finding(view, pair, context, service)


def _finding(view: View, pair: Pair, context: str, service: Service) -> Finding:
    detail, steps = _reason(view, context, service)
    chosen = ("endpointslices", "-l", f"kubernetes.io/service-name={service.name}")
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        say(PROBLEM, context=context, gateway=service.full_name),
        (listed_shown(view, context, service.namespace, chosen, "no ready endpoint"),),
        steps,
        detail,
        ADVICE if not steps else UNREADY if all(step.action is Action.SHOW for step in steps) else NOTHING,
    )


def _reason(view: View, context: str, service: Service) -> Reason:
    pods = matching_pods(view, context, service.full_name, context)
    if pods:
        described = kubectl(view, context, "-n", service.namespace, "describe", "pod", pods[0].name)
        return say(DOWN, pods=tuple(pod.name for pod in pods)), (look(context, described, WHY_LOOK),)
    for workload in matching_workloads(view, context, service.full_name):
        name = f"{workload.kind.lower()}/{workload.name}"
        scaled = say(SCALED, workload=name)
        detail = say(NOT_MADE, workload=name, count=workload.replicas) if workload.replicas else scaled
        return detail, (start(view, context, workload),)
    return _unmatched(view, context, service)


def _unmatched(view: View, context: str, service: Service) -> Reason:
    detail = say(UNMATCHED, selector=",".join(f"{key}={value}" for key, value in service.selector.items()))
    meant = relabelled_workload(view, context, service.full_name)
    if meant is None or not any(key in meant.labels for key in service.selector):
        return detail, ()
    wanted = {key: meant.labels[key] for key in service.selector if key in meant.labels}
    target = Object(context, "service", service.name, service.namespace)
    operations = replaced(pointer("spec", "selector"), service.selector, wanted)
    return detail, (patch(view, Action.MOVE_TRAFFIC, target, operations, say(WHY_SELECT, name=meant.name)),)


CHECK = Check(
    "MC411",
    "every east-west gateway has a ready pod",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    caused_by=("MC412",),
    rows=("F12",),
)

"""A ready pod stands behind every east-west gateway.

istiod hands out the gateway's address as long as its Service has one, whether or not a pod stands behind it. Where none
does, connections from other networks are refused or time out, and Envoy's retries turn that into slow local answers.

To mend it: start the gateway's pods, let the Service select them, or mend what keeps them from being ready.

Source: EndpointSlice condition `ready`; Istio samples/multicluster. Catalogue F12.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import AnyStep, Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.remedies import kubectl, shows, start
from kubectl_mcdiag.checks.steps import Action, Object, patch, pointer, replaced
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrances, has_ready_pod, relabelled_workload
from kubectl_mcdiag.mesh.services.endpoints import matching_pods, matching_workloads
from kubectl_mcdiag.mesh.view import View

PROBLEM = "No pod is ready behind {context}'s east-west gateway {service}: {why}."
UNREADY = "{pods} not ready"
UNMATCHED = "its selector {selector} selects no pod"
WHY_LOOK = "shows what keeps the pod from being ready"
WHY_SELECT = "the Service selects the pods of deployment {name}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway of the destination's network without a ready pod."""
    for context, service in entrances(view, pair):
        if not has_ready_pod(view, context, service.full_name):
            yield _finding(view, pair, context, service)


def _finding(view: View, pair: Pair, context: str, service: Service) -> Finding:
    why, steps = _why(view, context, service)
    command = kubectl(
        view,
        context,
        "-n",
        service.namespace,
        "get",
        "endpointslices",
        "-l",
        f"kubernetes.io/service-name={service.name}",
    )
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(context=context, service=service.full_name, why=why),
        (shows(context, command, "no ready endpoint"),),
        steps,
    )


def _why(view: View, context: str, service: Service) -> tuple[str, tuple[AnyStep, ...]]:
    where = ("-n", service.namespace)
    pods = matching_pods(view, context, service.full_name, context)
    if pods:
        names = ", ".join(pod.name for pod in pods[:3])
        look = Step(Kind.SAFE, kubectl(view, context, *where, "describe", "pod", pods[0].name), WHY_LOOK)
        return UNREADY.format(pods=f"{names} {'are' if len(pods) > 1 else 'is'}"), (look,)
    for workload in matching_workloads(view, context, service.full_name):
        why, step = start(view, context, workload)
        return why, (step,)
    return _unmatched(view, context, service)


def _unmatched(view: View, context: str, service: Service) -> tuple[str, tuple[AnyStep, ...]]:
    why = UNMATCHED.format(selector=",".join(f"{key}={value}" for key, value in service.selector.items()))
    meant = relabelled_workload(view, context, service.full_name)
    if meant is None or not any(key in meant.labels for key in service.selector):
        return why, ()
    wanted = {key: meant.labels[key] for key in service.selector if key in meant.labels}
    target = Object(context, "service", service.name, service.namespace)
    operations = replaced(pointer("spec", "selector"), service.selector, wanted)
    return why, (patch(view, Action.MOVE_TRAFFIC, target, operations, say(WHY_SELECT, name=meant.name)),)


CHECK = Check(
    "MC411",
    "a ready pod stands behind every east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    caused_by=("MC412",),
    rows=("F12",),
)

"""Every shared service has a ready endpoint in each cluster that runs its workload.

Where no pod of a cluster is ready, all calls are answered by the other clusters, and from there it looks as if this
one could not be reached. A Service in a cluster without any workload of its own is there for its name only, and
nothing is wrong. One whose workloads are scaled to 0 here and answered elsewhere is active/passive, and one that is
scaled to 0 in all clusters has no endpoint at all: a warning, because it may be switched off on purpose, and a failure
where it was asked for by name. The first is a note.

Fix: start the pods, or correct what keeps them from being ready.

Source: EndpointSlice condition `ready`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import UNREADY, start
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.services.fixes import service_object
from kubectl_mcdiag.checks.services.proof import endpoints_shown
from kubectl_mcdiag.checks.steps import Action, Step, kubectl, look, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import (
    answered_elsewhere,
    is_served_outside,
    matching_pods,
    matching_workloads,
    ready,
    runs_somewhere,
    subjects,
)
from kubectl_mcdiag.mesh.view import View, known

OFF = "{service} {service:has|have} no ready endpoint in any cluster: {service:its|their} workloads are scaled to 0"
START = "Scale up {workload} in {context} if the service is to answer."
UNANSWERED = "Calls to it fail in every cluster, until one of its workloads is scaled up."
PASSIVE = "{service} {service:is|are} scaled to 0 in {context} and served by {other}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service whose workload in the destination has no ready endpoint."""
    for name in subjects(view, pair.source, pair.destination):
        if ready(view, pair.destination, name) or is_served_outside(view, pair.destination, name):
            continue
        workloads = sorted(matching_workloads(view, pair.destination, name), key=lambda one: -one.replicas)
        if matching_pods(view, pair.destination, name, pair.destination):
            yield _unready(view, pair, name)
        elif matching_pods(view, pair.destination, name, pair.source):
            yield _unmatched(view, pair, name)
        elif workloads:
            yield _without_pods(view, pair, name, workloads[0])


def _without_pods(view: View, pair: Pair, name: str, workload: Workload) -> Finding:
    context, other = pair.destination, answered_elsewhere(view, pair.destination, name)
    if not workload.replicas and other:
        return _note(view, pair, name, say(PASSIVE, service=name, context=context, other=other))
    if not workload.replicas and not view.settings.services and not runs_somewhere(view, name):
        return _switched_off(view, pair, name, workload)
    made_by = f"{workload.kind.lower()}/{workload.name}"
    detail = say("{workload} has {count} replicas.", workload=made_by, count=workload.replicas)
    reason = "none of its pods is created" if workload.replicas else "it is scaled to 0"
    return _finding(view, pair, name, reason, detail, start(view, context, workload))


def _note(view: View, pair: Pair, name: str, problem: Message) -> Finding:
    scope = Scope(clusters=(pair.destination,), service=name)
    return Finding(Status.NOTE, scope, problem, (endpoints_shown(view, pair.destination, name),))


def _switched_off(view: View, pair: Pair, name: str, workload: Workload) -> Finding:
    return Finding(
        Status.WARN,
        Scope(clusters=(pair.destination,), pairs=(pair,), service=name),
        say(OFF, service=name),
        (endpoints_shown(view, pair.destination, name),),
        detail=say(UNANSWERED),
        advice=say(START, workload=f"{workload.kind.lower()}/{workload.name}", context=pair.destination),
    )


def _unready(view: View, pair: Pair, name: str) -> Finding:
    context = pair.destination
    pods = matching_pods(view, context, name, context)
    command = kubectl(view, context, "-n", pods[0].namespace, "describe", "pod", pods[0].name)
    names = tuple(pod.name for pod in pods)
    step = look(context, command, say("shows why the pod is not ready"))
    return _finding(view, pair, name, "none of its pods is ready", say("It selects {names}.", names=names), step)


def _unmatched(view: View, pair: Pair, name: str) -> Finding:
    context, service = pair.destination, services(view, pair.destination)[name]
    # The first of all clusters whose selector fits, so that all callers read the same.
    has = known(view, lambda one: name in services(view, one))
    other = next(one for one in has if has[one] and one != context and matching_pods(view, context, name, one))
    wanted = services(view, other)[name].selector
    detail = say(
        "Its selector {selector} selects no pod; that of {other}, {wanted}, selects {count}.",
        selector=_labels(service.selector),
        other=other,
        wanted=_labels(wanted),
        count=len(matching_pods(view, context, name, other)),
    )
    operations = replaced(pointer("spec", "selector"), service.selector, wanted)
    target = service_object(context, service)
    fix = say("makes the Service select the same pods as in {other}", other=other)
    step = patch(view, Action.MOVE_TRAFFIC, target, operations, fix)
    return _finding(view, pair, name, "its selector selects no pod", detail, step)


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _finding(view: View, pair: Pair, name: str, reason: str, detail: Message, step: Step) -> Finding:
    context = pair.destination
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), service=name),
        say(f"{{service}} has no ready endpoint in {{context}}: {reason}", service=name, context=context),
        (endpoints_shown(view, context, name),),
        (step,),
        detail=detail,
        advice=UNREADY if step.action is Action.SHOW else NOTHING,
    )


CHECK = Check(
    "MC502",
    "every shared service has a ready endpoint in each cluster that runs it",
    Unit.PAIR,
    run,
    caused_by=("MC111", "MC114", "MC703", "MC704", "MC706", "MC708"),
    rows=("D5",),
    guide="T4",
)

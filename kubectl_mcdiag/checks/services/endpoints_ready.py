"""Every shared service has a ready endpoint in each cluster that runs its workload.

Where no pod of a cluster is ready, all calls are answered by the other clusters, and from there it looks as if this
one could not be reached. A Service that stands in a cluster without any workload of its own is there for its name
only, and nothing is wrong. One whose workloads are scaled to 0 in all clusters is switched off: a note, unless it was
asked for by name.

To mend it: start the pods, or mend what keeps them from being ready.

Source: EndpointSlice condition `ready`. Catalogue D5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows, start
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import (
    backends,
    matching_pods,
    matching_workloads,
    ready,
    runs_somewhere,
    subjects,
)
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "{service} has no ready endpoint in {context}: {why}."
OFF = "{service} is switched off: in all clusters its workloads are scaled to 0, so nobody answers it."
UNREADY = "none of its {count} pods is ready ({names})"
UNMATCHED = "its selector {selector} selects no pod, and that of {other}, {wanted}, would select {count}"
WHY_SELECT = "makes the Service select the same pods as in the other cluster"
WHY_LOOK = "shows what keeps the pods from being ready"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service whose workload in the destination has no ready endpoint."""
    for name in subjects(view, pair.source, pair.destination):
        if ready(view, pair.destination, name):
            continue
        workloads = sorted(matching_workloads(view, pair.destination, name), key=lambda one: -one.replicas)
        if matching_pods(view, pair.destination, name, pair.destination):
            yield _unready(view, pair, name)
        elif matching_pods(view, pair.destination, name, pair.source):
            yield _unmatched(view, pair, name)
        elif workloads and (view.settings.services or workloads[0].replicas or runs_somewhere(view, name)):
            yield _finding(view, pair, name, *start(view, pair.destination, workloads[0]))
        elif workloads:
            scope = Scope(clusters=(pair.destination,), service=name)
            yield Finding(Status.NOTE, scope, OFF.format(service=name), (_slices(view, pair.destination, name),))


def _unready(view: View, pair: Pair, name: str) -> Finding:
    context = pair.destination
    pods = matching_pods(view, context, name, context)
    names = ", ".join(pod.name for pod in pods[:3])
    _, _, namespace = name.partition(".")
    look = Step(Kind.SAFE, kubectl(view, context, "-n", namespace, "describe", "pod", pods[0].name), WHY_LOOK)
    return _finding(view, pair, name, UNREADY.format(count=len(pods), names=names), look)


def _unmatched(view: View, pair: Pair, name: str) -> Finding:
    context, service = pair.destination, services(view, pair.destination)[name]
    # The first of all clusters whose selector fits, so that all callers are told the same.
    has = known(view, lambda one: name in services(view, one))
    other = next(one for one in has if has[one] and one != context and matching_pods(view, context, name, one))
    wanted = services(view, other)[name].selector
    selector = [{"op": "replace", "path": "/spec/selector", "value": wanted}]
    why = UNMATCHED.format(
        selector=_labels(service.selector),
        other=other,
        wanted=_labels(wanted),
        count=len(matching_pods(view, context, name, other)),
    )
    step = json_patch(view, context, service.namespace, "service", service.name, selector, WHY_SELECT)
    return _finding(view, pair, name, why, step)


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _finding(view: View, pair: Pair, name: str, why: str, step: Step) -> Finding:
    context = pair.destination
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), service=name),
        PROBLEM.format(service=name, context=context, why=why),
        (_slices(view, context, name),),
        (step,),
    )


def _slices(view: View, context: str, name: str) -> Evidence:
    service, _, namespace = name.partition(".")
    lines = [f"{e.address}  ready={str(e.ready).lower()}  {e.pod}" for e in backends(view, context, name)]
    command = kubectl(
        view, context, "-n", namespace, "get", "endpointslices", "-l", f"kubernetes.io/service-name={service}"
    )
    return shows(context, command, *(lines or ["ENDPOINTS <unset>"]))


CHECK = Check(
    "MC502",
    "every shared service has a ready endpoint in each cluster that runs it",
    Unit.PAIR,
    run,
    caused_by=("MC111", "MC114", "MC703", "MC704", "MC706", "MC708"),
    rows=("D5",),
    guide="T4",
)

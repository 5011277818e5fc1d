"""A service exists in every cluster whose pods or clients it concerns.

Kubernetes resolves a name only where the Service exists, pods or no pods: a client in a cluster without it gets "Could
not resolve host" (unless DNS proxying is on), and pods that only have the labels there are endpoints of no Service. A
cluster is assumed to need the Service where the operator named it, or where pods run that the Service of the other
cluster would select, or where a client's proxy has called it: nobody can resolve its name now. Where another namespace
has a Service of that name, it is taken to have moved.

Fix: create the Service there, in the same namespace with the same ports.

Source: istio/istio#39222; Istio, "Deployment models", namespace sameness.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import copy_service
from kubectl_mcdiag.checks.services.proof import service_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import (
    in_mesh,
    is_gateway,
    is_subject,
    matches,
    matching_pods,
    stray_pods,
    with_subsets,
)
from kubectl_mcdiag.mesh.view import View, ask, known


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each Service of the destination that the source lacks and needs, or has called."""
    here, there = services(view, pair.source), services(view, pair.destination)
    for name in sorted(there.keys() - here.keys()):
        if not is_subject(view, there[name]):
            continue
        asked = any(matches(wanted, there[name], view.settings.namespace) for wanted in view.settings.services)
        orphans = stray_pods(view, pair.source, name, pair.destination)
        needed = orphans and not view.settings.services and not is_gateway(view, pair.destination, name)
        if asked or needed:
            backed = bool(matching_pods(view, pair.destination, name, pair.destination))
            yield _finding(view, pair, name, len(orphans), backed)
        elif not view.settings.services and _is_missed(view, pair, name):
            yield _finding(view, pair, name, 0, backed=True)


def _is_missed(view: View, pair: Pair, name: str) -> bool:
    own, called = name.partition(".")[0], ask(lambda: _was_called(view, pair.source, name))
    has_moved = any(found.name == own for found in services(view, pair.source).values())
    return bool(called) and not has_moved and bool(in_mesh(view, pair.destination, name))


def _was_called(view: View, context: str, service: str) -> bool:
    """Return whether a sampled client whose proxy answers no DNS has called a service through it."""
    return any(
        host.requests
        for client in clients(view, context)
        if not client.answers_dns
        for cluster in with_subsets(view, context, client.full_name, service)
        for host in cluster.hosts
    )


def _finding(view: View, pair: Pair, name: str, pods: int, backed: bool) -> Finding:
    here, there = pair.source, pair.destination
    service, _, namespace = name.partition(".")
    having = tuple(c for c, found in known(view, lambda context: services(view, context)).items() if name in found)
    broken = (Pair(here, there),) * backed + (Pair(there, here),) * bool(pods)
    donor = services(view, having[0])[name]
    missing = Object(here, "service", service, namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(here,), pairs=broken, service=name),
        say("{here} has no Service {service}, which {there} {there:has|have}", service=name, here=here, there=having),
        (
            object_shown(view, missing, f'Error from server (NotFound): services "{service}" not found', output=()),
            service_shown(view, having[0], donor),
        ),
        (copy_service(view, donor, here, say("creates the Service as {there} has it", there=having[0])),),
        detail=_detail(here, pods),
    )


def _detail(here: str, pods: int) -> Message:
    if pods:
        return say(
            "Clients in {here} cannot resolve the name, and its pods there are not used as endpoints.", here=here
        )
    return say("Clients in {here} cannot resolve the name.", here=here)


CHECK = Check(
    "MC501",
    "a service exists in every cluster that it concerns",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("D1",),
    guide="T0",
)

"""A service is in the same namespace in every cluster.

To Istio two Services are one if name and namespace are the same. helloworld in `sample` here and in `demo` there are
two services that never share calls; that can be intended, which is why this is a note, unless you named the service.

Nothing to fix: if it is to be one service, create it in the same namespace in both clusters.

Source: Istio, "Deployment models", namespace sameness.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import service_shown
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, is_gateway, is_subject, matches
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note, or a failure for a service that was named, for each look-alike in another namespace."""
    if view.contexts.index(pair.source) > view.contexts.index(pair.destination):
        return
    here, there = services(view, pair.source), services(view, pair.destination)
    for mine in _lonely(view, pair.source, here, there):
        for other in _lonely(view, pair.destination, there, here):
            if _are_alike(mine, other):
                yield _finding(view, pair, mine, other)


def _lonely(view: View, context: str, own: dict[str, Service], others: dict[str, Service]) -> list[Service]:
    """Return the services of the mesh that run here, and whose namespace in the other cluster has none of that name."""
    return [
        service
        for name, service in own.items()
        if name not in others and is_subject(view, service) and in_mesh(view, context, name)
        if not is_gateway(view, context, name)
    ]


def _are_alike(one: Service, other: Service) -> bool:
    ports = [[(port.name, port.port) for port in service.ports] for service in (one, other)]
    return one.name == other.name and one.selector == other.selector and ports[0] == ports[1]


def _finding(view: View, pair: Pair, mine: Service, other: Service) -> Finding:
    found = ((pair.source, mine), (pair.destination, other))
    named = any(matches(wanted, s, view.settings.namespace) for wanted in view.settings.services for _, s in found)
    return Finding(
        Status.FAIL if named else Status.NOTE,
        Scope((pair.source, pair.destination), (pair, Pair(pair.destination, pair.source)), service=mine.full_name),
        say(
            "{name} is in namespace {here} in {source} and in {there} in {destination}: two services to Istio",
            name=mine.name,
            here=mine.namespace,
            source=pair.source,
            there=other.namespace,
            destination=pair.destination,
        ),
        tuple(service_shown(view, context, service) for context, service in found),
        detail=say("They have the same ports and selector, and neither gets calls for the other."),
        advice=say(
            "If they are to be one service, deploy {name} in the same namespace in both clusters.", name=mine.name
        ),
    )


CHECK = Check(
    "MC506",
    "a service is in the same namespace in every cluster",
    Unit.PAIR,
    run,
    rows=("D2",),
    guide="T0",
)

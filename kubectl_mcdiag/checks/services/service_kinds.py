"""A service is headless in all clusters or in none.

Which of the two a service is decides how proxies listen for it: by its own address, or for the pods' addresses one by
one. istiod makes one service of both, and which cluster's kind it takes can change with every restart.

Fix: replace the Service by one of the kind that the other clusters have. `clusterIP` cannot be changed, so that it
must be deleted first; calls to it in that cluster fail in between.

Source: istio/istio#43972; `istioctl analyze` warns with IST0170 "mixed mode like headless and clusterIP".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.fixes import copy_service, service_object
from kubectl_mcdiag.checks.services.proof import service_shown
from kubectl_mcdiag.checks.steps import Action, delete
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.view import View, known


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is headless in the source alone."""
    for name in subjects(view, pair.source, pair.destination):
        here, there = services(view, pair.source)[name], services(view, pair.destination)[name]
        if here.is_headless and not there.is_headless:
            yield _finding(view, pair, here)


def _finding(view: View, pair: Pair, here: Service) -> Finding:
    plain = _plain(view, here.full_name)
    donor = services(view, plain[0])[here.full_name]
    gone = say("the address of a Service cannot be changed; calls to it fail until the next step")
    again = say("creates the Service as {context} has it", context=plain[0])
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.source,), pairs=(pair,), service=here.full_name),
        say(
            "{service} {service:is|are} headless in {headless} and {service:has|have} an address in {plain}",
            service=here.full_name,
            headless=pair.source,
            plain=plain,
        ),
        (service_shown(view, pair.source, here), service_shown(view, plain[0], donor)),
        (
            delete(view, Action.DELETE, service_object(pair.source, here), gone),
            copy_service(view, donor, pair.source, again),
        ),
        detail=say(
            "Clients in {headless} call the pods that DNS names there, and those of {plain} are not among them.",
            headless=pair.source,
            plain=plain,
        ),
    )


def _plain(view: View, service: str) -> tuple[str, ...]:
    """Return the clusters in which a Service has an address of its own."""
    everywhere = known(view, lambda context: services(view, context).get(service))
    return tuple(context for context, found in everywhere.items() if found and not found.is_headless)


CHECK = Check(
    "MC508",
    "a service is headless in all clusters or in none",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D4",),
    guide="T4",
)

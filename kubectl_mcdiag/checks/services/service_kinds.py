"""A service is headless in all clusters or in none.

Which of the two a service is decides how proxies listen for it: by its own address, or for the pods' addresses one by
one. istiod makes one service of both, and which cluster's kind it takes can change with every restart.

To mend it: make the Service anew, of the kind that the other clusters have. `clusterIP` cannot be changed.

Source: istio/istio#43972; `istioctl analyze` warns with IST0170 "mixed mode like headless and clusterIP". Catalogue D4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import copy_service, kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = (
    "{service} is headless in {headless} (clusterIP None) and has an address in {plain}: clients in {headless} call the"
    " pods that DNS names there, and those of {plain} are not among them."
)
WHY_DELETE = "its kind cannot be changed; calls to it fail until the next step"
WHY_CREATE = "the same Service as in {context}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is headless in the source alone."""
    for name in subjects(view, pair.source, pair.destination):
        here, there = services(view, pair.source)[name], services(view, pair.destination)[name]
        if here.is_headless and not there.is_headless:
            yield _finding(view, pair, here)


def _finding(view: View, pair: Pair, here: Service) -> Finding:
    where, plain = ("-n", here.namespace), _plain(view, here.full_name)
    donor = services(view, plain[0])[here.full_name]
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.source,), pairs=(pair,), service=here.full_name),
        PROBLEM.format(service=here.full_name, headless=pair.source, plain=listed(plain)),
        tuple(
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name),
                f"{service.name}  {service.type}  CLUSTER-IP {service.cluster_ip}",
            )
            for context, service in ((pair.source, here), (plain[0], donor))
        ),
        (
            Step(Kind.DISRUPTIVE, kubectl(view, pair.source, *where, "delete", "service", here.name), WHY_DELETE),
            Step(
                Kind.DISRUPTIVE,
                copy_service(view, donor, pair.source),
                WHY_CREATE.format(context=plain[0]),
            ),
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

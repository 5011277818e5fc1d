"""A service exists in every cluster whose pods or clients it concerns.

Kubernetes resolves a name only where the Service exists, pods or no pods: a client in a cluster without it gets
"Could not resolve host" (unless DNS proxying is on), and pods that only have the labels there are nobody's endpoints.
A cluster is held to need the Service where the operator named it, or where pods run that the Service of the other
cluster would select.

To mend it: create the Service there, in the same namespace with the same ports.

Source: istio/istio#39222; Istio, "Deployment models", namespace sameness. Catalogue D1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import copy_service, kubectl, shows
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_subject, matches, matching_pods, stray_pods
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "Service {service} exists in {there} but not in {here}{pods}: calls from {here} do not resolve it{lost}."
WITH_PODS = ", where {count} of its pods run"
LOST = ", and those pods are nobody's endpoints"
WHY = "the same Service, with the same ports and selector"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each Service of the destination that the source lacks and needs."""
    here, there = services(view, pair.source), services(view, pair.destination)
    for name in sorted(there.keys() - here.keys()):
        if not is_subject(view, there[name]):
            continue
        asked = any(matches(wanted, there[name], view.settings.namespace) for wanted in view.settings.services)
        orphans = stray_pods(view, pair.source, name, pair.destination)
        if asked or (orphans and not view.settings.services):
            backed = bool(matching_pods(view, pair.destination, name, pair.destination))
            yield _finding(view, pair, name, len(orphans), backed)


def _finding(view: View, pair: Pair, name: str, pods: int, backed: bool) -> Finding:
    here, there = pair.source, pair.destination
    service, _, namespace = name.partition(".")
    having = tuple(c for c, found in known(view, lambda context: services(view, context)).items() if name in found)
    broken = (Pair(here, there),) * backed + (Pair(there, here),) * bool(pods)
    return Finding(
        Status.FAIL,
        Scope(clusters=(here,), pairs=broken, service=name),
        PROBLEM.format(
            service=name,
            here=here,
            there=listed(having),
            pods=WITH_PODS.format(count=pods) if pods else "",
            lost=LOST * bool(pods),
        ),
        (
            shows(
                here,
                kubectl(view, here, "-n", namespace, "get", "service", service),
                f'Error from server (NotFound): services "{service}" not found',
            ),
            shows(
                having[0],
                kubectl(view, having[0], "-n", namespace, "get", "service", service),
                f"{service}  {services(view, having[0])[name].type}",
            ),
        ),
        (Step(Kind.SAFE, copy_service(view, services(view, having[0])[name], here), WHY),),
    )


CHECK = Check(
    "MC501",
    "a service exists in every cluster that it concerns",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("D1",),
    guide="T0",
)

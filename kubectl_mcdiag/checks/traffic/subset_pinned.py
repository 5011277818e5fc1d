"""Calls are not pinned to a subset that only one cluster has.

A VirtualService that routes to one subset sends every call to the endpoints with that subset's labels, often
`version`. Where only local pods carry them, all calls stay local, by somebody's decision.

Nothing to mend: route to more than one subset, or label pods of the other cluster, if calls are to cross.

Source: Istio, "Traffic management". Catalogue D14, D15.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.subsets import Pin
from kubectl_mcdiag.mesh.traffic.by_design import pins_elsewhere
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: VirtualService {virtual_service} in {plane} sends every call to subset {subset} ({labels}), which no"
    " pod in {destination} carries, so calls from {source} never reach {destination}."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service that is routed only to subsets without pods in the destination."""
    for service in crossing(view, pair.source, pair.destination):
        for pin in pins_elsewhere(view, pair.source, service, pair.destination):
            yield _finding(view, pair, service, pin)


def _finding(view: View, pair: Pair, service: str, pin: Pin) -> Finding:
    labels = ",".join(f"{key}={value}" for key, value in pin.labels.items())
    rule = pin.virtual_service
    return Finding(
        Status.NOTE,
        Scope(clusters=(pin.plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            virtual_service=f"{rule.name}.{rule.namespace}",
            plane=pin.plane,
            subset=pin.subset,
            labels=labels,
            source=pair.source,
            destination=pair.destination,
        ),
        (
            shows(
                pin.plane,
                kubectl(view, pin.plane, "-n", rule.namespace, "get", "virtualservice", rule.name, "-o", "yaml"),
                f"destination: {service.partition('.')[0]}, subset: {pin.subset}",
            ),
        ),
    )


CHECK = Check(
    "MC611",
    "calls are not pinned to a subset that only one cluster has",
    Unit.PAIR,
    run,
    rows=("D15",),
    guide="T2",
)

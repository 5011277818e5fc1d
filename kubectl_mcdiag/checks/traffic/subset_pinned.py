"""Calls are not pinned to a subset that only one cluster has.

A VirtualService that routes to one subset sends every call to the endpoints with that subset's labels, often
`version`. Where only local pods carry them, all calls stay local, as configured.

Nothing to fix: route to more than one subset, or label pods of the other cluster, if calls are to cross.

Source: Istio, "Traffic management".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.subsets import Pin
from kubectl_mcdiag.mesh.traffic.kept_local import pins_elsewhere
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service that is routed only to subsets without pods in the destination."""
    for service in crossing(view, pair.source, pair.destination):
        for pin in pins_elsewhere(view, pair.source, service, pair.destination):
            yield _finding(view, pair, service, pin)


def _finding(view: View, pair: Pair, service: str, pin: Pin) -> Finding:
    labels, rule = ",".join(f"{key}={value}" for key, value in pin.labels.items()), pin.virtual_service
    target = Object(pin.plane, "virtualservice", rule.name, rule.namespace)
    return Finding(
        Status.NOTE,
        Scope(clusters=(pin.plane,), pairs=(pair,), service=service),
        say(
            "VirtualService {virtual_service} sends every call to subset {subset}, which {destination} lacks",
            virtual_service=f"{rule.name}.{rule.namespace}",
            subset=pin.subset,
            destination=pair.destination,
        ),
        (object_shown(view, target, f"subset: {pin.subset}"),),
        detail=say(
            "No pod of {service} in {destination} carries {labels}, so that calls from {source} never reach it.",
            service=service,
            labels=labels,
            source=pair.source,
            destination=pair.destination,
        ),
    )


CHECK = Check(
    "MC611",
    "calls are not pinned to a subset that only one cluster has",
    Unit.PAIR,
    run,
    rows=("D15",),
    guide="T2",
    keeps_local=True,
)

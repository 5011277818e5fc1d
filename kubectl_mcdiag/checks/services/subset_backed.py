"""A subset that calls are routed to has pods in some cluster.

A VirtualService sends calls to a subset, a DestinationRule says by which labels its pods are known. Where no pod in
any cluster carries them, every call ends in 503 with the flag UH, in all clusters, whatever the endpoints are.

To mend it: route to the whole service, or correct the labels of the subset or of the pods.

Source: Istio, "Destination rule"; `istioctl analyze` warns with IST0173. Catalogue D14.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.subsets import Pin, carriers, pins
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: VirtualService {virtual_service} sends every call to subset {subset} ({labels}), and no pod in any"
    " cluster carries these labels: all calls fail."
)
WHY = "routes to all pods of the service again"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is routed to nothing."""
    for service in crossing(view, pair.source, pair.destination):
        for pin in pins(view, pair.source, service):
            if not any(carriers(view, context, service, pin.labels) for context in view.contexts):
                yield _finding(view, pair, service, pin)


def _finding(view: View, pair: Pair, service: str, pin: Pin) -> Finding:
    rule, labels = pin.virtual_service, ",".join(f"{key}={value}" for key, value in pin.labels.items())
    where = ("-n", rule.namespace)
    route = next(found for found in rule.routes if found.subset == pin.subset)
    whole = [{"op": "remove", "path": f"{route.path}/subset"}]
    step = json_patch(view, pin.plane, rule.namespace, "virtualservice", rule.name, whole, WHY)
    return Finding(
        Status.FAIL,
        Scope(clusters=(pin.plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service, virtual_service=f"{rule.name}.{rule.namespace}", subset=pin.subset, labels=labels
        ),
        (
            shows(
                pin.plane,
                kubectl(view, pin.plane, *where, "get", "virtualservice", rule.name, "-o", "yaml"),
                f"destination: {route.host}, subset: {pin.subset}",
            ),
            *(
                shows(context, kubectl(view, context, *where, "get", "pods", "-l", labels), "No resources found")
                for context in (pair.source, pair.destination)
            ),
        ),
        (Step(Kind.DISRUPTIVE, step.command, step.why),),
    )


CHECK = Check(
    "MC518",
    "a subset that calls are routed to has pods in some cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D14",),
    guide="T0",
)

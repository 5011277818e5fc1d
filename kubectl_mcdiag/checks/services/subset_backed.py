"""A subset that calls are routed to has pods in some cluster.

A VirtualService sends calls to a subset, a DestinationRule says by which labels its pods are known. Where no pod in
any cluster carries them, every call ends in 503 with the flag UH, in all clusters, whatever the endpoints are.

Fix: route to the whole service, or correct the labels of the subset or of the pods.

Source: Istio, "Destination rule"; `istioctl analyze` warns with IST0173.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import remove, test
from kubectl_mcdiag.checks.proof import listed_shown, object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.subsets import Pin, carriers, pins
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that is routed to nothing."""
    for service in crossing(view, pair.source, pair.destination):
        for pin in pins(view, pair.source, service):
            if not any(carriers(view, context, service, pin.labels) for context in view.contexts):
                yield _finding(view, pair, service, pin)


def _finding(view: View, pair: Pair, service: str, pin: Pin) -> Finding:
    rule, labels = pin.virtual_service, ",".join(f"{key}={value}" for key, value in pin.labels.items())
    route = next(found for found in rule.routes if found.subset == pin.subset)
    target = Object(pin.plane, "virtualservice", rule.name, rule.namespace)
    whole = (test(f"{route.path}/subset", pin.subset), remove(f"{route.path}/subset"))
    return Finding(
        Status.FAIL,
        Scope(clusters=(pin.plane,), pairs=(pair,), service=service),
        say(
            "VirtualService {virtual_service} sends every call to subset {subset} of {service}, which has no pod",
            service=service,
            virtual_service=f"{rule.name}.{rule.namespace}",
            subset=pin.subset,
        ),
        (
            object_shown(view, target, f"host: {route.host}", f"subset: {pin.subset}"),
            *(
                listed_shown(view, context, service.partition(".")[2], ("pods", "-l", labels), "No resources found")
                for context in (pair.source, pair.destination)
            ),
        ),
        (patch(view, Action.MOVE_TRAFFIC, target, whole, say("routes to all pods of the service again")),),
        detail=say("No pod in any cluster carries the labels of the subset ({labels}): all calls fail.", labels=labels),
    )


CHECK = Check(
    "MC518",
    "a subset that calls are routed to has pods in some cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_ANSWER),
    rows=("D14",),
    guide="T0",
)

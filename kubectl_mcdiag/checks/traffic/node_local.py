"""Calls are not kept on the caller's node by internalTrafficPolicy.

`internalTrafficPolicy: Local` on a Service gives each client the endpoints of its own node only, and none where the
node has none. istiod drops the endpoints of all other nodes and clusters, as configured. Where the client's cluster
has no ready endpoint at all, all calls fail.

Fix: set the field to `Cluster` if calls are to cross.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/endpoint_builder.go`; Kubernetes, "Service internal traffic policy".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_node_local, is_stranded, subjects
from kubectl_mcdiag.mesh.view import View

STRANDED = "{source} has no ready endpoint of it, so that all calls there fail; {destination} has one."
WHY = say("sends calls to endpoints on other nodes and in other clusters as well")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service whose calls stay on their node, a failure where nobody answers there."""
    for service in subjects(view, pair.source, pair.destination):
        if is_node_local(view, pair.source, service):
            yield _finding(view, pair, service)


def _finding(view: View, pair: Pair, service: str) -> Finding:
    plane, (name, _, namespace) = control_planes(view, pair.source)[0], service.partition(".")
    fails, target = is_stranded(view, pair.source, service, pair.destination), Object(plane, "service", name, namespace)
    problem = "Calls to {service} stay on the caller's node (internalTrafficPolicy Local in {plane})"
    operations = replaced(pointer("spec", "internalTrafficPolicy"), "Local", "Cluster")
    return Finding(
        Status.FAIL if fails else Status.NOTE,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(problem, service=service, plane=plane),
        (object_shown(view, target, "internalTrafficPolicy: Local"),),
        (patch(view, Action.MOVE_TRAFFIC, target, operations, WHY),) if fails else (),
        detail=say(STRANDED, source=pair.source, destination=pair.destination) if fails else NOTHING,
    )


CHECK = Check(
    "MC613",
    "calls are not kept on the caller's node by internalTrafficPolicy",
    Unit.PAIR,
    run,
    rows=("L4",),
    guide="T2",
    keeps_local=True,
)

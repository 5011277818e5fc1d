"""Calls are not kept on the caller's node by internalTrafficPolicy.

`internalTrafficPolicy: Local` on a Service gives each client the endpoints of its own node alone, and none where the
node has none. istiod drops the endpoints of all other nodes and clusters, as somebody asked it to.

Nothing to fix: set the field to `Cluster` if calls are to cross.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/endpoint_builder.go`; Kubernetes, "Service internal traffic policy".
Catalogue L4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_node_local, subjects
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service whose calls stay on their node."""
    for service in subjects(view, pair.source, pair.destination):
        if is_node_local(view, pair.source, service):
            plane, (name, _, namespace) = control_planes(view, pair.source)[0], service.partition(".")
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                say(
                    "calls to {service} stay on the caller's node (internalTrafficPolicy Local in {plane})",
                    service=service,
                    plane=plane,
                ),
                (object_shown(view, Object(plane, "service", name, namespace), "internalTrafficPolicy: Local"),),
            )


CHECK = Check(
    "MC613",
    "calls are not kept on the caller's node by internalTrafficPolicy",
    Unit.PAIR,
    run,
    rows=("L4",),
    guide="T2",
)

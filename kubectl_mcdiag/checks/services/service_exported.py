"""Services are exported to their clients and to the east-west gateway.

The annotation `networking.istio.io/exportTo` on a Service, or `defaultServiceExportTo` in the mesh configuration,
says which namespaces see it. A client that does not see it reaches local pods alone. The gateway has to see it as
well: exported to `.`, its own namespace, a service cannot be reached from another network at all.

To mend it: export it to the gateway's namespace too, or to `*`.

Source: Istio 1.31 `pilot/pkg/model/push_context.go`; Istio, "Global mesh options". Catalogue D13.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows, system
from kubectl_mcdiag.mesh.access.identity import clients, control_planes, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import labelled
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.policy import governing
from kubectl_mcdiag.mesh.services.visibility import EXPORT_TO, exports, is_exported, may_call
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{service}: exported by {what} in {plane} to {exports}; proxies in {namespaces} do not see it, {lost}."
LOCAL = "so that clients there reach only local pods"
CLOSED = "so that the east-west gateway lets nobody in"
NOBODY = "no namespace"
WHY = "lets every namespace see it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that its clients, or the gateway before it, are not told of."""
    for service in crossing(view, pair.source, pair.destination):
        if _clients_without(view, pair.source, service):
            yield _finding(view, pair, service, pair.source)
        if crosses_networks(view, pair.source, pair.destination) and _gateways_without(view, pair.destination, service):
            yield _finding(view, pair, service, pair.destination)


def _clients_without(view: View, context: str, service: str) -> list[str]:
    """Return the namespaces of clients that are to call a service and are not told of it."""
    spaces = {client.namespace for client in clients(view, context) if may_call(view, context, client, service)}
    return sorted(space for space in spaces if not is_exported(view, context, service, space))


def _gateways_without(view: View, context: str, service: str) -> list[str]:
    """Return the namespaces of east-west gateways where none is told of a service."""
    spaces = {gateway.namespace for gateway in labelled(view, context, network(view, context))}
    hidden = sorted(space for space in spaces if not is_exported(view, context, service, space))
    return hidden if len(hidden) == len(spaces) else []


def _finding(view: View, pair: Pair, service: str, context: str) -> Finding:
    plane = control_planes(view, context)[0]
    name, _, space = service.partition(".")
    annotated = EXPORT_TO in governing(view, context, service).annotations
    listed = exports(view, context, service)
    callers, entrances = _clients_without(view, context, service), _gateways_without(view, context, service)
    step = kubectl(view, plane, "-n", space, "annotate", "--overwrite", "service", name, f"{EXPORT_TO}=*")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            what=f"the annotation {EXPORT_TO}" if annotated else "defaultServiceExportTo of the mesh configuration",
            plane=plane,
            exports=NOBODY if listed == ("~",) else f"namespace {', '.join(listed)}".replace(" .", " . (its own)"),
            namespaces=" and ".join(dict.fromkeys((*callers, *entrances))),
            lost=" and ".join((LOCAL,) * bool(callers) + (CLOSED,) * bool(entrances)),
        ),
        (_evidence(view, plane, service, annotated, ",".join(listed)),),
        (Step(Kind.SAFE, step, WHY),),
    )


def _evidence(view: View, plane: str, service: str, annotated: bool, listed: str) -> Evidence:
    name, _, space = service.partition(".")
    if annotated:
        return shows(
            plane, kubectl(view, plane, "-n", space, "get", "service", name, "-o", "yaml"), f"{EXPORT_TO}: {listed}"
        )
    return shows(
        plane, system(view, plane, "get", "configmap", "istio", "-o", "yaml"), f"defaultServiceExportTo: {listed}"
    )


CHECK = Check(
    "MC517",
    "services are exported to their clients and to the east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D13",),
    guide="T4",
)

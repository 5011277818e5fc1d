"""Services are exported to their clients and to the east-west gateway.

The annotation `networking.istio.io/exportTo` on a Service, or `defaultServiceExportTo` in the mesh configuration, says
which namespaces see it. A client that does not see it reaches only local pods. The gateway has to see it as well:
exported to `.`, its own namespace, a service cannot be reached from another network at all.

For clients of another namespace it is a warning where the other cluster exports it to them, or where no pod near them
would answer; both together are a failure.

Fix: export it to the gateway's namespace too.

Source: Istio 1.31 `pilot/pkg/model/push_context.go`; Istio, "Global mesh options".
"""

from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.proof import mesh_config_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, annotate
from kubectl_mcdiag.mesh.access.identity import clients, control_planes, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import labelled
from kubectl_mcdiag.mesh.services.endpoints import crossing, is_stranded
from kubectl_mcdiag.mesh.services.policy import governing
from kubectl_mcdiag.mesh.services.visibility import EXPORT_TO, exports, is_exported, is_missed, is_seen_from, may_call
from kubectl_mcdiag.mesh.view import View

LOCAL = "Clients in {callers} do not see it and reach only local pods."
CLOSED = "The east-west gateway in {gateways} does not see it and has no endpoint for calls from other networks."
OWN = "its own namespace"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each service that its clients, or the gateway before it, do not see."""
    for service in crossing(view, pair.source, pair.destination):
        if _clients_without(view, pair, service):
            yield replace(_finding(view, pair, service, pair.source), status=_status(view, pair, service))
        if crosses_networks(view, pair.source, pair.destination) and _gateways_without(view, pair.destination, service):
            yield _finding(view, pair, service, pair.destination)


def _status(view: View, pair: Pair, service: str) -> Status:
    is_alone = is_stranded(view, pair.source, service, pair.destination)
    blind = [one for one in clients(view, pair.source) if one.namespace in _clients_without(view, pair, service)]
    for client in blind:
        is_seen = is_alone and is_seen_from(view, pair.destination, service, client.namespace)
        if is_seen or may_call(view, pair.source, client, service):
            return Status.FAIL
    return Status.WARN


def _clients_without(view: View, pair: Pair, service: str) -> tuple[str, ...]:
    """Return the namespaces of clients that are to call a service, or may miss it, and do not see it."""
    spaces = {
        client.namespace
        for client in clients(view, pair.source)
        if not is_exported(view, pair.source, service, client.namespace)
        if may_call(view, pair.source, client, service)
        or is_missed(view, pair.source, client, service, pair.destination)
    }
    return tuple(sorted(spaces))


def _gateways_without(view: View, context: str, service: str) -> list[str]:
    """Return the namespaces of east-west gateways where none sees a service."""
    spaces = {gateway.namespace for gateway in labelled(view, context, network(view, context))}
    hidden = sorted(space for space in spaces if not is_exported(view, context, service, space))
    return hidden if len(hidden) == len(spaces) else []


def _finding(view: View, pair: Pair, service: str, context: str) -> Finding:
    plane = control_planes(view, context)[0]
    callers = _clients_without(view, pair if context == pair.source else Pair(pair.destination, pair.source), service)
    gateways = tuple(_gateways_without(view, context, service))
    blind = tuple(dict.fromkeys((*callers, *gateways)))
    listed = exports(view, context, service)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "{service} {service:is|are} exported to {exports} in {plane}, not to {blind}",
            service=service,
            exports="no namespace" if listed == ("~",) else tuple(OWN if name == "." else name for name in listed),
            plane=plane,
            blind=blind,
        ),
        (_shown(view, plane, context, service),),
        (_step(view, plane, context, service, blind),),
        detail=_detail(callers, gateways),
    )


def _detail(callers: tuple[str, ...], gateways: tuple[str, ...]) -> Message:
    if not gateways:
        return say(LOCAL, callers=callers)
    return say(f"{LOCAL} {CLOSED}" if callers else CLOSED, callers=callers, gateways=gateways)


def _step(view: View, plane: str, context: str, service: str, blind: tuple[str, ...]) -> Step:
    """Export a service to where it has to be seen besides, and no further."""
    name, _, namespace = service.partition(".")
    target, why = Object(plane, "service", name, namespace), say("exports the service to the namespaces that call it")
    listed = tuple(one for one in exports(view, context, service) if one != "~")
    wanted = ",".join(dict.fromkeys((*listed, *blind)))
    declared = governing(view, context, service).annotations.get(EXPORT_TO, "")
    return annotate(view, Action.MOVE_TRAFFIC, target, EXPORT_TO, wanted, declared, why)


def _shown(view: View, plane: str, context: str, service: str) -> Evidence:
    name, _, namespace = service.partition(".")
    declared = governing(view, context, service).annotations.get(EXPORT_TO, "")
    if declared:
        return object_shown(view, Object(plane, "service", name, namespace), f"{EXPORT_TO}: {declared}")
    return mesh_config_shown(view, plane, "defaultServiceExportTo:", *exports(view, context, service))


CHECK = Check(
    "MC517",
    "services are exported to their clients and to the east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D13",),
    guide="T4",
)

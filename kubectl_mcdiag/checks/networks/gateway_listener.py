"""The Envoy of every east-west gateway accepts its listener on port 15443.

istiod makes one listener of all Gateways that share a port. Where two of them expose the same service for automatic SNI
pass-through, it has the same filter chain twice, and Envoy refuses the whole of it. A gateway that had the listener
before keeps the old one and learns of no new service; one that has been restarted since does not listen at all, and
does not become ready.

Fix: let one Gateway expose all services on the port, and take the servers of the others on that port out. Their other
servers stay as they are. Where no Gateway exposes all services, each host must be in one Gateway alone.

Source: istio/istio#42050; Envoy's `config_dump`, `error_state`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.patches import Operation, pointer, remove, test
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import Action, Object, Step, delete, patch
from kubectl_mcdiag.evidence.commands import GATEWAY_LISTENERS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_listeners import Listener
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.access.membership import domain_of
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposures import CLASSIC, Exposure, exposures_on
from kubectl_mcdiag.mesh.networks.gateway_proxies import gateway_proxy, listener, target_port
from kubectl_mcdiag.mesh.networks.gateways import PORT, entrances
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pod} in {context} rejects its listener on port {port}, which {count} servers share"
CLOSED = "It does not listen on that port at all: {names} expose the same services there."
OPEN = (
    "It keeps its previous listener until it is restarted, and gets no new services: {names} expose the same"
    " services there."
)
ADVICE = "Edit the servers on port {port} of {names} in {plane}, so that each host is in one of these Gateways only."
WHY = "{kept} alone exposes services on port {port}; what else {surplus} serves stays"
WHY_WHOLE = "{kept} alone exposes services on port {port}; {surplus} serves nothing else"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where a gateway of the destination rejected its listener."""
    for context, service in entrances(view, pair):
        sharing = exposures_on(view, context, service.full_name)
        pod = gateway_proxy(view, context, service.full_name)
        port = target_port(view, context, service.full_name) or PORT
        found = listener(view, context, pod, port) if pod and len(sharing) > 1 else None
        if pod and found and found.rejected:
            yield _finding(view, pair, context, pod, found, sharing)


def _finding(view: View, pair: Pair, context: str, pod: Pod, found: Listener, sharing: tuple[Exposure, ...]) -> Finding:
    names = tuple(dict.fromkeys(one.full_name for one in sharing))
    plane, fix, port = control_planes(view, context)[0], _fix(view, context, sharing), sharing[0].server.port
    return Finding(
        Status.WARN if found.is_active else Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        say(PROBLEM, context=context, pod=pod.full_name, count=len(sharing), port=port),
        (asked(view, GATEWAY_LISTENERS, context, pod.full_name, found.rejected),),
        fix,
        say(OPEN if found.is_active else CLOSED, names=names),
        NOTHING if fix else say(ADVICE, names=names, plane=plane, port=port),
    )


def _fix(view: View, context: str, sharing: tuple[Exposure, ...]) -> tuple[Step, ...]:
    """Keep one server that makes the others needless; a Gateway API gateway is kept, as its pods would go with it."""
    passing = tuple(one for one in sharing if one.passes_through)
    domain = domain_of(view, context)
    kept = next((one for one in sorted(passing, key=_is_classic) if _replaces(one, passing, domain)), None)
    surplus: dict[Object, list[Exposure]] = {}
    for one in passing if kept else ():
        if one != kept:
            surplus.setdefault(_object(view, context, one), []).append(one)
    if not kept or any(target.kind != CLASSIC for target in surplus):
        return ()
    return tuple(_without(view, target, found, kept) for target, found in surplus.items())


def _replaces(one: Exposure, others: tuple[Exposure, ...], domain: str) -> bool:
    """Return whether a server exposes the whole mesh, on every gateway on which the others expose anything."""
    return one.covers_all(domain) and all(one.selects(other.selector) for other in others)


def _is_classic(exposure: Exposure) -> bool:
    return exposure.resource == CLASSIC


def _object(view: View, context: str, one: Exposure) -> Object:
    return Object(control_planes(view, context)[0], one.resource, one.gateway, one.namespace)


def _without(view: View, target: Object, surplus: list[Exposure], kept: Exposure) -> Step:
    """Take servers out of a Gateway, the last first; a Gateway with nothing else goes as a whole."""
    names = {"port": str(kept.server.port), "kept": kept.full_name, "surplus": surplus[0].full_name}
    if len(surplus) == surplus[0].servers:
        return delete(view, Action.DELETE, target, say(WHY_WHOLE, **names))
    operations = (part for one in sorted(surplus, key=lambda one: -one.index) for part in _taken_out(one))
    return patch(view, Action.MOVE_TRAFFIC, target, tuple(operations), say(WHY, **names))


def _taken_out(one: Exposure) -> tuple[Operation, ...]:
    place = pointer("spec", "servers", one.index)
    return test(f"{place}/port/number", one.server.port), test(f"{place}/hosts", list(one.server.hosts)), remove(place)


CHECK = Check(
    "MC412",
    "the Envoy of every east-west gateway accepts its listener",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F11",),
)

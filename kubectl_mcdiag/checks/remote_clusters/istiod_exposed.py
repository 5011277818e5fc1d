"""A primary exposes its istiod to the clusters that it serves.

Proxies of a remote cluster reach istiod at port 15012 of the primary's east-west gateway, and its API server the
injection webhook at 15017. That needs both ports on the gateway's Service, a Gateway that forwards TLS (PASSTHROUGH)
on both, and a VirtualService that routes it to istiod.

Fix: create what is missing, as Istio's sample `expose-istiod.yaml` does.

Source: Istio 1.31 `samples/multicluster/expose-istiod.yaml`; guide "Install Primary-Remote".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import listed_shown, object_shown
from kubectl_mcdiag.checks.remote_clusters.exposing import expose, open_ports, pass_on, route
from kubectl_mcdiag.checks.remote_clusters.remote_istiod_service import UNTIL
from kubectl_mcdiag.checks.steps import Object, Step
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.istiod_exposure import Gap, gap_of, is_routed, istiod_gateways, misrouted
from kubectl_mcdiag.mesh.remote_clusters.remotes import entrance_of, outgoing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{plane} does not expose its istiod to {context}"
NO_PORTS = "Service {service} has no port {ports}, at which {context} calls istiod."
NO_GATEWAY = "No Gateway on {service} forwards TLS on port {ports}, at which {context} calls istiod."
NO_ROUTE = "No VirtualService routes from Gateway {gateways} to istiod, which {context} calls there."
OTHER = (
    "VirtualService {rules} {rules:routes|route} from there to {hosts}, which {hosts:selects|select} no istiod of"
    " {plane}."
)
ADVICE = "Correct the host in VirtualService {rules}, or take it out: a second route from the same Gateway may not win."
CONFIG = ("gateways.networking.istio.io,virtualservices", "-o", "yaml")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the gateway that a remote cluster calls does not lead on to istiod."""
    plane = control_planes(view, context)[0]
    entrance = entrance_of(view, plane, context)
    if not entrance:
        return
    gap = gap_of(view, plane, entrance)
    if gap.ports or gap.closed or not gap.is_routed:
        yield Finding(
            Status.FAIL,
            Scope(clusters=(plane,), pairs=outgoing(view, context)),
            say(PROBLEM, plane=plane, context=context),
            (_shown(view, plane, entrance, gap),),
            tuple(_steps(view, plane, entrance, gap)),
            _detail(view, plane, context, entrance, gap),
            _advice(view, plane, gap),
        )


def _other(view: View, plane: str, gap: Gap) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(one for gateway in gap.gateways for one in misrouted(view, plane, gateway)))


def _advice(view: View, plane: str, gap: Gap) -> Message:
    other = () if gap.is_routed else _other(view, plane, gap)
    return say(ADVICE, rules=tuple(rule for rule, _ in other)) if other else NOTHING


def _detail(view: View, plane: str, context: str, entrance: Service, gap: Gap) -> Message:
    if gap.ports or gap.closed:
        words, ports = (NO_PORTS, gap.ports) if gap.ports else (NO_GATEWAY, gap.closed)
        return say(words, service=entrance.full_name, ports=tuple(map(str, ports)), context=context)
    other = _other(view, plane, gap)
    if not other:
        return say(NO_ROUTE, gateways=gap.gateways, context=context)
    rules, hosts = (tuple(dict.fromkeys(part)) for part in zip(*other, strict=True))
    return say(f"{NO_ROUTE} {OTHER}", gateways=gap.gateways, context=context, rules=rules, hosts=hosts, plane=plane)


def _shown(view: View, plane: str, entrance: Service, gap: Gap) -> Evidence:
    if gap.ports:
        target = Object(plane, "service", entrance.name, entrance.namespace)
        return object_shown(view, target, f"PORT(S) {','.join(str(port.port) for port in entrance.ports)}", output=())
    rows = [
        f"{gateway.namespace}  {gateway.name}  port {server.port}  {server.tls_mode or 'no TLS'}"
        for gateway in istiod_gateways(view, plane, entrance.full_name)
        for server in gateway.servers
    ]
    missing = f"no server on port {gap.closed[0]}" if gap.closed else f"no route from {gap.gateways[0]} to istiod"
    return listed_shown(view, plane, "", CONFIG, *rows, missing)


def _steps(view: View, plane: str, entrance: Service, gap: Gap) -> Iterator[Step]:
    """Yield what closes the gap: each part only where it is missing, for it may have been changed on purpose."""
    if gap.ports:
        yield open_ports(view, plane, entrance, gap.ports)
    yield from (pass_on(view, plane, one) for one in gap.wrong)
    there = {*gap.gateways, *(f"{one.gateway.namespace}/{one.gateway.name}" for one in gap.wrong)}
    if lacking := tuple(port for port in gap.closed if port not in {one.server.port for one in gap.wrong}):
        name, step = expose(view, plane, entrance, lacking)
        there.add(f"{entrance.namespace}/{name}")
        yield step
    unrouted = tuple(sorted(one for one in there if not is_routed(view, plane, one)))
    # A second VirtualService beside one that leads elsewhere may not win: that one is to be corrected.
    if unrouted and not _other(view, plane, gap):
        yield route(view, plane, entrance, unrouted)


CHECK = Check(
    "MC702",
    "a primary exposes its istiod to the clusters it serves",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    leads_to=(Symptom.NOT_GIVEN,),
    holds_up=True,
    until=UNTIL,
    rows=("G2",),
)

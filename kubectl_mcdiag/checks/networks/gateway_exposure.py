"""Services are exposed on the east-west gateway.

The gateway's Envoy accepts calls for a service only where a Gateway with TLS mode AUTO_PASSTHROUGH selects its pods
and has a host that means the service; where istiod has `PILOT_SCOPE_GATEWAY_TO_NAMESPACE`, one in the pods' namespace.
Otherwise connections are refused or reset, and Envoy's retries turn that into slow local answers. A Gateway may expose
a few services only: that is fine as long as the others are not called from elsewhere.

Fix: create the Gateway that Istio's guide calls `cross-network-gateway`, or correct the one there is.

Source: Istio samples/multicluster "expose-services"; not in Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator
from functools import partial

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.access.membership import CLUSTER_DOMAIN, domain, domain_of, host_of
from kubectl_mcdiag.mesh.discovery.remote_secrets import served_by
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposed import caller, exposes_nothing, is_called, is_open, passing, unexposed
from kubectl_mcdiag.mesh.networks.exposures import CLASSIC, Exposure, exposures, exposures_on
from kubectl_mcdiag.mesh.networks.gateways import entrances, gateway_pods, gateway_port, labelled
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View, known

NOTHING = "No Gateway exposes services on {gateways}"
ONE = "No Gateway exposes {service} on {gateway}"
SOME = "{gateway} exposes only some of the services of both clusters"
NONE = "No Gateway has a server on port {port} for its pods, so it refuses calls from other networks."
MODE = "{name} has TLS mode {mode} on port {port}, where AUTO_PASSTHROUGH is needed."
HOSTS = "{name} exposes only {hosts}, none of which matches a service that other networks call."
SELECTOR = "{name} selects pods labelled {selector}, and those of the gateway are not."
ELSEWHERE = "{name} selects pods labelled {selector}, which only the gateway of {others} has."
NAMESPACE = (
    "{name} is in another namespace than the pods of the gateway, and istiod has PILOT_SCOPE_GATEWAY_TO_NAMESPACE."
)
REFUSED = "Clients in {source} call {service}, and the gateway refuses it: the hosts exposed there are {hosts}."
UNCALLED = (
    "{names} {names:is|are} not exposed there. No client in {source} has called {names:it|them}; calls that leave for"
    " {destination} would be refused."
)
WHY = "the gateway takes calls for these services on port {port}"
FEW = 5


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a gateway that exposes nothing that is called, or not a service that is."""
    for context, service in entrances(view, pair):
        if not gateway_pods(view, context, service.full_name):
            continue
        if exposes_nothing(view, pair.source, pair.destination, context, service.full_name):
            yield _nothing(view, pair, context, service)
        else:
            yield from _some(view, pair, context, service)


def _some(view: View, pair: Pair, context: str, service: Service) -> Iterator[Finding]:
    hidden = unexposed(view, pair.source, pair.destination, context, service.full_name)
    called = tuple(name for name in hidden if is_called(view, pair.source, name))
    for name in called:
        yield _one(view, pair, context, service, name)
    if rest := tuple(name for name in hidden if name not in called):
        yield Finding(
            Status.NOTE,
            Scope((context,), (pair,), network=network(view, pair.destination), services=rest),
            say(SOME, gateway=_gateway(context, service)),
            (_shown(view, context, exposures_on(view, context, service.full_name)),),
            detail=say(UNCALLED, names=rest, source=pair.source, destination=pair.destination),
        )


def _one(view: View, pair: Pair, context: str, service: Service, name: str) -> Finding:
    near = passing(view, context, service.full_name)
    plane, hosts = control_planes(view, context)[0], tuple(host for one in near for host in one.server.hosts)
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), name, network(view, pair.destination)),
        say(ONE, service=name, gateway=_gateway(context, service)),
        (_shown(view, context, near),),
        (fixes.widen(view, plane, near[0], (host_of(view, context, name),), _why(service)),),
        say(REFUSED, source=pair.source, service=name, hosts=hosts),
    )


def _nothing(view: View, pair: Pair, context: str, service: Service) -> Finding:
    plane, near = control_planes(view, context)[0], _almost(view, context, service)
    # A primary's Gateway objects expose services on the gateways of its remote clusters as well: one fault, one text.
    alike = {other: one for other, one in _bare(view, pair, plane) if _almost(view, other, one) == near}
    detail, step = _fault(view, pair, context, service, near[0] if near else None)
    return Finding(
        Status.FAIL,
        Scope(tuple(dict.fromkeys((plane, *alike))), (pair,), network=network(view, pair.destination)),
        say(NOTHING, gateways=tuple(_gateway(c, s) for c, s in alike.items()) or (_gateway(context, service),)),
        (_shown(view, context, near),),
        (step,),
        detail,
    )


def _bare(view: View, pair: Pair, plane: str) -> Iterator[tuple[str, Service]]:
    """Yield the gateways of the clusters of one istiod that have pods and expose nothing."""
    for other in served_by(view, plane):
        for one in labelled(view, other, network(view, other)):
            source = caller(pair, other)
            if gateway_pods(view, other, one.full_name) and exposes_nothing(view, source, other, other, one.full_name):
                yield other, one


def _almost(view: View, context: str, service: Service) -> tuple[Exposure, ...]:
    """Return the servers that almost expose services on a gateway: what is wrong with them is what is to be fixed."""
    found = exposures_on(view, context, service.full_name)
    return found or tuple(one for one in exposures(view, context) if is_open(view, context, one))


def _gateway(context: str, service: Service) -> str:
    return f"{service.full_name} in {context}"


def _why(service: Service) -> Message:
    return say(WHY, port=gateway_port(service))


def _shown(view: View, context: str, near: tuple[Exposure, ...]) -> Evidence:
    resources = tuple(dict.fromkeys(one.resource for one in near)) or (CLASSIC,)
    rows = [
        f"{one.namespace}  {one.gateway}  port {one.server.port}  {one.server.tls_mode}  {','.join(one.server.hosts)}"
        for one in near
    ]
    lines = rows or ["no server on the port of the gateway"]
    return listed_shown(view, control_planes(view, context)[0], "", (",".join(resources), "-o", "yaml"), *lines)


def _fault(view: View, pair: Pair, context: str, service: Service, near: Exposure | None) -> tuple[Message, Step]:
    """Return what is wrong with a server, and the step that corrects it."""
    plane, port, why = control_planes(view, context)[0], gateway_port(service), _why(service)
    create = partial(fixes.expose, view, plane, service, why=why)
    if near is None:
        return say(NONE, port=port), create(_as_elsewhere(view, context))
    name = near.full_name
    if not near.passes_through:
        mode = near.server.tls_mode or "none"
        return say(MODE, name=name, mode=mode, port=port), fixes.pass_through(view, plane, near, why)
    if near in exposures_on(view, context, service.full_name):
        # Whether hosts mean a service is decided by its domain, which has to be known for that.
        domain(view, plane)
        wanted = _narrow(view, pair, context)
        said = say(HOSTS, name=name, hosts=near.server.hosts)
        return said, fixes.widen(view, plane, near, wanted, why)
    if near.selects(gateway_pods(view, context, service.full_name)[0].labels):
        return say(NAMESPACE, name=name), create(near.server.hosts)
    selector = ",".join(f"{key}={value}" for key, value in near.selector.items())
    if others := tuple(other for other in served_by(view, plane) if _selected(view, other, near)):
        return say(ELSEWHERE, name=name, selector=selector, others=others), create(near.server.hosts)
    return say(SELECTOR, name=name, selector=selector), _selecting(view, plane, near, service)


def _selecting(view: View, plane: str, near: Exposure, service: Service) -> Step:
    """Correct the Gateway of Istio's guide; one of another name may be for other pods, and stays as it is."""
    if (near.gateway, near.namespace) == (fixes.EXPOSING, service.namespace):
        return fixes.reselect(view, plane, near, service, _why(service))
    return fixes.expose(view, plane, service, near.server.hosts, _why(service))


def _as_elsewhere(view: View, context: str) -> tuple[str, ...]:
    """Return what Istio's guide exposes: all services of the mesh, by the domain that they have here."""
    here = domain_of(view, context)
    return ("*.local",) if here == CLUSTER_DOMAIN else (f"*.{here}",)


def _narrow(view: View, pair: Pair, context: str) -> tuple[str, ...]:
    """Return hosts no wider than needed: all services only where another cluster exposes them all."""
    others = known(view, lambda other: any(is_open(view, other, one) for one in exposures(view, other)))
    if any(is_whole for other, is_whole in others.items() if other != context):
        return _as_elsewhere(view, context)
    names = crossing(view, pair.source, pair.destination)
    if len(names) <= FEW:
        return tuple(host_of(view, context, name) for name in names)
    here = domain_of(view, context)
    return tuple(dict.fromkeys(f"*.{name.partition('.')[2]}.svc.{here}" for name in names))


def _selected(view: View, context: str, exposure: Exposure) -> bool:
    """Return whether a server opens its port on an east-west gateway of this cluster."""
    found = labelled(view, context, network(view, context))
    pods = (pod for one in found for pod in gateway_pods(view, context, one.full_name)[:1])
    return any(exposure.selects(pod.labels) for pod in pods)


CHECK = Check(
    "MC407",
    "services are exposed on the east-west gateway",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F8", "F9", "F10", "G9"),
    guide="T4c",
)

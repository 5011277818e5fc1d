"""A service has the same ports in every cluster.

istiod joins the endpoints of clusters by the port's name, and the east-west gateway is called by its number: a port
that has another name or number in the other cluster gets no endpoints from there. `targetPort` may differ.

Fix: give the port one name and one number in all clusters.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/endpoint_builder.go`; `istioctl analyze` warns with IST0170.
"""

from collections.abc import Iterable, Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer
from kubectl_mcdiag.checks.services.fixes import service_object, with_value
from kubectl_mcdiag.checks.services.proof import named, ports_shown
from kubectl_mcdiag.checks.steps import Action, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.access.majority import Odd, odd_of
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing, ready
from kubectl_mcdiag.mesh.view import View, known


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service none of whose ports agree, a warning for a single port that is missing."""
    for name in crossing(view, pair.source, pair.destination):
        here, there = services(view, pair.source)[name], services(view, pair.destination)[name]
        strict = crosses_networks(view, pair.source, pair.destination)
        missing = [port for port in here.ports if not any(_agree(port, other, strict) for other in there.ports)]
        if missing and len(missing) == len(here.ports):
            yield _different(view, pair, name)
        elif missing:
            yield _lacking(view, pair, here, there, missing[0])


def _agree(one: ServicePort, other: ServicePort, strict: bool) -> bool:
    return one.name == other.name and one.protocol == other.protocol and (one.port == other.port or not strict)


def _lacking(view: View, pair: Pair, here: Service, there: Service, port: ServicePort) -> Finding:
    return Finding(
        Status.WARN,
        _scope(pair, here.full_name),
        say(
            "Port {port} of {service} is in {source} alone, not in {destination}",
            service=here.full_name,
            port=named(port),
            source=pair.source,
            destination=pair.destination,
        ),
        (ports_shown(view, pair.source, here), ports_shown(view, pair.destination, there)),
        detail=say(
            "Calls to this port are answered in {source} only, and fail once no pod there is ready.", source=pair.source
        ),
        advice=say(
            "Add the port to the Service in {destination}, if it is served there.", destination=pair.destination
        ),
    )


def _different(view: View, pair: Pair, name: str) -> Finding:
    found = _odd(view, pair, name)
    usual = found.usual[0]
    wrong, right = services(view, found.one)[name], services(view, usual)[name]
    operations = tuple(
        operation
        for index, (wanted, old) in enumerate(zip(right.ports, wrong.ports, strict=False))
        for key, new, had in (("name", wanted.name, old.name), ("port", wanted.port, old.port))
        if new and new != had
        for operation in with_value(pointer("spec", "ports", index, key), had, new)
    )
    why = say("gives its ports the names and numbers that they have in {context}", context=usual)
    return Finding(
        Status.FAIL,
        _scope(pair, name),
        say(
            "{service} {service:has|have} other ports in {odd} than in {usual}: {mine}, not {theirs}",
            service=name,
            mine=", ".join(map(named, wrong.ports)) or "none",
            odd=found.alike,
            theirs=", ".join(map(named, right.ports)) or "none",
            usual=found.usual,
        ),
        (ports_shown(view, usual, right), ports_shown(view, found.one, wrong)),
        (patch(view, Action.MOVE_TRAFFIC, service_object(found.one, wrong), operations, why),),
        detail=say(
            "istiod matches endpoints by port name, and the east-west gateway is addressed by port number, so calls do"
            " not leave their cluster."
        ),
    )


def _odd(view: View, pair: Pair, service: str) -> Odd:
    """Return the odd one of a pair whose ports differ; clusters whose ports agree in one place are alike.

    Where others have ports in common with both of a pair, these two alone are held against each other. Where one of the
    two serves nobody, the other is right.
    """
    held = known(view, lambda context: services(view, context).get(service))
    having = {context: found for context, found in held.items() if found}
    ports = {context: _listed(_first_alike(found, having.values())) for context, found in having.items()}
    if ports[pair.source] == ports[pair.destination]:
        both = (pair.source, pair.destination)
        ports = {context: _listed(found) for context, found in having.items() if context in both}
    return _unserved(view, pair, service, ports) or odd_of(pair, ports)


def _unserved(view: View, pair: Pair, service: str, ports: dict[str, tuple[str, ...]]) -> Odd | None:
    """Return the one of a pair that has no ready endpoint of a service: those that serve it know its ports."""
    empty = [context for context in (pair.source, pair.destination) if not ready(view, context, service)]
    if len(empty) != 1:
        return None
    (one,) = empty
    other = pair.destination if one == pair.source else pair.source
    alike, usual = (tuple(c for c in ports if ports[c] == ports[each]) for each in (one, other))
    return Odd(one, alike, usual)


def _listed(service: Service) -> tuple[str, ...]:
    return tuple(map(named, service.ports)) or ("none",)


def _first_alike(own: Service, all_of_them: Iterable[Service]) -> Service:
    alike = (
        other for other in all_of_them if any(_agree(one, two, strict=True) for one in own.ports for two in other.ports)
    )
    return next(alike, own)


def _scope(pair: Pair, service: str) -> Scope:
    return Scope(clusters=(pair.source, pair.destination), pairs=(pair,), service=service)


CHECK = Check(
    "MC507",
    "a service has the same ports in every cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D3",),
    guide="T4",
)

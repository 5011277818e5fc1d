"""A service has the same ports in every cluster.

istiod joins the endpoints of clusters by the port's name, and the east-west gateway is called by its number: a port
that has another name or number in the other cluster gets no endpoints from there. `targetPort` may differ.

To mend it: give the port one name and one number in all clusters.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/endpoint_builder.go`; `istioctl analyze` warns with IST0170. Catalogue D3.
"""

from collections.abc import Iterable, Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.access.majority import Odd, odd_of
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "{service}: the ports differ, {mine} in {odd} and {theirs} in {usual}; calls do not cross."
LACKS = "{service}: {source} has port {port}, {destination} does not ({theirs}); calls to it stay in {source}."
WHY = "makes the ports those of {context}; only names and numbers are changed"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service none of whose ports agree, a warning for a single port that is missing."""
    for name in crossing(view, pair.source, pair.destination):
        here, there = services(view, pair.source)[name], services(view, pair.destination)[name]
        strict = crosses_networks(view, pair.source, pair.destination)
        missing = [port for port in here.ports if not any(_agree(port, other, strict) for other in there.ports)]
        if missing and len(missing) == len(here.ports):
            yield _different(view, pair, name)
        elif missing:
            text = LACKS.format(
                service=name,
                source=pair.source,
                destination=pair.destination,
                port=_listed((missing[0],)),
                theirs=_listed(there.ports),
            )
            yield Finding(Status.WARN, _scope(pair, name), text, _evidence(view, pair, here, there))


def _agree(one: ServicePort, other: ServicePort, strict: bool) -> bool:
    return one.name == other.name and one.protocol == other.protocol and (one.port == other.port or not strict)


def _different(view: View, pair: Pair, service: str) -> Finding:
    found = _odd(view, pair, service)
    usual = found.usual[0]
    wrong, right = services(view, found.one)[service], services(view, usual)[service]
    operations = [
        {"op": "add", "path": f"/spec/ports/{index}/{key}", "value": value}
        for index, (wanted, _) in enumerate(zip(right.ports, wrong.ports, strict=False))
        for key, value in (("name", wanted.name), ("port", wanted.port))
        if value
    ]
    step = json_patch(view, found.one, wrong.namespace, "service", wrong.name, operations, WHY.format(context=usual))
    return Finding(
        Status.FAIL,
        _scope(pair, service),
        PROBLEM.format(
            service=service,
            mine=_listed(wrong.ports),
            odd=listed(found.alike),
            theirs=_listed(right.ports),
            usual=listed(found.usual),
        ),
        _evidence(view, Pair(usual, found.one), right, wrong),
        (step,),
    )


def _odd(view: View, pair: Pair, service: str) -> Odd:
    """Return which cluster's ports are out of step: a cluster has those of the first with which it has one in common.

    Two that have one in common with the same third, and none with each other, are held against each other.
    """
    held = known(view, lambda context: services(view, context).get(service))
    having = {context: found for context, found in held.items() if found}
    ports = {context: _listed(_first_alike(found, having.values()).ports) for context, found in having.items()}
    if ports[pair.source] == ports[pair.destination]:
        both = (pair.source, pair.destination)
        ports = {context: _listed(found.ports) for context, found in having.items() if context in both}
    return odd_of(pair, ports)


def _first_alike(own: Service, all_of_them: Iterable[Service]) -> Service:
    alike = (
        other for other in all_of_them if any(_agree(one, two, strict=True) for one in own.ports for two in other.ports)
    )
    return next(alike, own)


def _scope(pair: Pair, service: str) -> Scope:
    return Scope(clusters=(pair.source, pair.destination), pairs=(pair,), service=service)


def _listed(ports: tuple[ServicePort, ...]) -> str:
    return ", ".join(f"{port.name or 'without a name'} {port.port}/{port.protocol}" for port in ports) or "none"


def _evidence(view: View, pair: Pair, here: Service, there: Service) -> tuple[Evidence, ...]:
    return tuple(
        shows(
            context,
            kubectl(view, context, "-n", service.namespace, "get", "service", service.name, "-o", "yaml"),
            f"ports: {_listed(service.ports)}",
        )
        for context, service in ((pair.source, here), (pair.destination, there))
    )


CHECK = Check(
    "MC507",
    "a service has the same ports in every cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D3",),
    guide="T4",
)

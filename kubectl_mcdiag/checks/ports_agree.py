"""A service has the same ports in every cluster.

istiod joins the endpoints of clusters by the port's name, and the east-west gateway is called by its number: a port
that has another name or number in the other cluster gets no endpoints from there. `targetPort` may differ.

To mend it: give the port one name and one number in all clusters.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/endpoint_builder.go`; `istioctl analyze` warns with IST0170. Catalogue D3.
"""

from collections.abc import Iterator
from functools import partial

from kubectl_mcdiag.commands import CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.facts.endpoints import crossing
from kubectl_mcdiag.facts.identity import crosses_networks, services
from kubectl_mcdiag.facts.majority import Odd, odd
from kubectl_mcdiag.facts.view import View, known
from kubectl_mcdiag.findings import Check, Evidence, Finding, Pair, Scope, Status, Symptom, Unit, listed
from kubectl_mcdiag.parsers.resources import Service, ServicePort
from kubectl_mcdiag.remedies import json_patch, kubectl, shows

PROBLEM = "{service}: the ports differ, {mine} in {odd} and {theirs} in {usual}; calls do not cross."
LACKS = "{service}: {source} has port {port}, {destination} does not ({theirs}); calls to it stay in {source}."
WHY = "makes the ports those of {context}; only names and numbers are changed"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service none of whose ports agree, a warning for a single port that is missing."""
    for name in crossing(view, pair.source, pair.destination):
        here, there = services(view, pair.source)[name], services(view, pair.destination)[name]
        strict = crosses_networks(view, pair.source, pair.destination)
        missing = [port for port in here.ports if not any(_agree(port, other, strict) for other in there.ports)]
        found = odd(view, pair, partial(_ports, view, name)) if missing else None
        if found and len(missing) == len(here.ports):
            yield _different(view, pair, name, found)
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


def _different(view: View, pair: Pair, service: str, found: Odd) -> Finding:
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


def _ports(view: View, service: str, context: str) -> str:
    """Return the ports of the first cluster with which a cluster has one in common, in words; nothing without it."""
    everywhere = known(view, lambda other: services(view, other).get(service))
    own = services(view, context).get(service)
    alike = (
        other
        for other in everywhere.values()
        if own and other and any(_agree(one, two, strict=True) for one in own.ports for two in other.ports)
    )
    return next((_listed(other.ports) for other in alike), "")


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
    (CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES),
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D3",),
    guide="T4",
)

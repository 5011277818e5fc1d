"""The east-west gateway has an address that other networks can call.

istiod takes the addresses of the load balancer and `externalIPs`. A Service whose load balancer is pending, or a
NodePort Service without the annotation `traffic.istio.io/nodeSelector`, has none: istiod then hands out pod addresses
as if there were no gateway.

To mend it: let the platform's load balancer give it one, or set `externalIPs` to an address that leads to it.

Source: Guide T4c-1 (kubectl prints `<pending>`); istio/istio#39930. Catalogue F2, F4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import PODS, RESOURCES
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.facts.gateways import NODE_SELECTOR, addresses, labelled
from kubectl_mcdiag.facts.identity import crosses_networks, network
from kubectl_mcdiag.facts.view import View, ask
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit
from kubectl_mcdiag.parsers.resources import Service
from kubectl_mcdiag.remedies import kubectl, shows

PROBLEM = "{context}'s east-west gateway {service} ({type}) has no external address, so nothing leads into {network}."
WHY = "GATEWAY_IP: an address outside that cluster at which its port 15443 can be reached"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where every gateway into the destination's network lacks an address."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    # One gateway with an address will do, whatever the clusters that cannot be read hold.
    known = (ask(lambda c=context: labelled(view, c, wanted)) or () for context in view.contexts)  # type: ignore[misc]
    if any(addresses(service) or NODE_SELECTOR in service.annotations for found in known for service in found):
        return
    for context, service in [(each, service) for each in view.contexts for service in labelled(view, each, wanted)]:
        yield _finding(view, pair, context, service, wanted)


def _finding(view: View, pair: Pair, context: str, service: Service, wanted: str) -> Finding:
    where = ("-n", service.namespace)
    patch = kubectl(view, context, *where, "patch", "service", service.name, "--type=merge", "-p")
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), network=wanted),
        PROBLEM.format(context=context, service=service.full_name, type=service.type, network=wanted),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name),
                f"{service.name}  {service.type}  {service.cluster_ip}  EXTERNAL-IP {_external(service)}",
            ),
        ),
        (Step(Kind.NEEDS_INPUT, patch + ' "{\\"spec\\":{\\"externalIPs\\":[\\"$GATEWAY_IP\\"]}}"', WHY),),
    )


def _external(service: Service) -> str:
    return "<pending>" if service.type == "LoadBalancer" else "<none>"


CHECK = Check(
    "MC402",
    "the east-west gateway has an external address",
    Unit.PAIR,
    run,
    (PODS, RESOURCES),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F2", "F4"),
    guide="T4c",
)

"""The east-west gateway has an address of a family that the clients have.

A client whose pod has only IPv4 cannot call a gateway that has only IPv6, and vice versa. From 1.30 istiod leaves such
gateways out; before, connections fail.

Fix: give the gateway an address of the clients' family, by a dual-stack load balancer or `externalIPs`.

Source: Istio 1.30 release notes; `pilot/pkg/xds/endpoints/ep_filters.go`.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import clients, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import addresses, gateways_of, gateways_seen, node_addresses
from kubectl_mcdiag.mesh.view import View

PROBLEM = "East-west gateway {gateway} in {context} has no {ours} address, and clients in {source} no other"
DETAIL = "Its addresses are {addresses}, all {theirs}: no pod of {source} can connect to them."
WHAT = "an {ours} address at which port 15443 of the gateway can be reached"
WHY = "GATEWAY_IP is " + WHAT


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where no address of any gateway into the destination is of a family that the clients have."""
    found = gateways_seen(view, network(view, pair.destination))
    if any(service.ingress_hosts for _, service in found):
        return
    known = {c: addresses(s) + node_addresses(view, c, s.full_name) for c, s in found}
    theirs = _families([address for given in known.values() for address in given])
    ours = _families([address for pod in clients(view, pair.source) for address in pod.addresses])
    if theirs and ours and not theirs & ours and gateways_of(view, network(view, pair.destination)):
        context, service = next((c, s) for c, s in found if known[c])
        yield _finding(view, pair, context, service, known[context], f"IPv{min(theirs)}", f"IPv{min(ours)}")


def _families(found: list[str]) -> set[int]:
    return {ip_address(address).version for address in found}


def _finding(
    view: View, pair: Pair, context: str, service: Service, given: tuple[str, ...], theirs: str, ours: str
) -> Finding:
    target = Object(context, "service", service.name, service.namespace)
    line = f"{service.name}  {service.type}  EXTERNAL-IP {','.join(addresses(service)) or '<none>'}"
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        say(PROBLEM, context=context, gateway=service.full_name, ours=ours, source=pair.source),
        (object_shown(view, target, line, output=()),),
        (fixes.add_address(view, context, service, WHAT.format(ours=ours), say(WHY, ours=ours)),),
        say(DETAIL, addresses=given, theirs=theirs, source=pair.source),
    )


CHECK = Check(
    "MC416",
    "the east-west gateway has an address of the clients' family",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F20",),
)

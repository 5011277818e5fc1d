"""The east-west gateway has an address of a family that the clients have.

A client whose pod has IPv4 alone cannot call a gateway that has IPv6 alone, and the other way round. From 1.30 istiod
leaves such gateways out; before, connections fail.

To mend it: give the gateway an address of the clients' family, by a dual-stack load balancer or `externalIPs`.

Source: Istio 1.30 release notes; `pilot/pkg/xds/endpoints/ep_filters.go`. Catalogue F20.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import addresses, gateways_of, gateways_seen, node_addresses
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context}'s east-west gateway {service} has only {theirs} ({addresses}), the pods of {source} only {ours}."
WHAT = "an {ours} address at which port 15443 of the gateway can be reached"
WHY = f"GATEWAY_IP: {WHAT}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where no address of any gateway into the destination is of a family that the clients have."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    found = gateways_seen(view, network(view, pair.destination))
    if any(service.ingress_hosts for _, service in found):
        return
    known = {c: addresses(s) + node_addresses(view, c, s.full_name) for c, s in found}
    theirs = _families([address for given in known.values() for address in given])
    ours = _families([address for pod in clients(view, pair.source) for address in pod.addresses])
    if theirs and ours and not theirs & ours and gateways_of(view, network(view, pair.destination)):
        context, service = next((c, s) for c, s in found if known[c])
        yield _finding(view, pair, context, service, min(theirs), min(ours))


def _families(found: list[str]) -> set[int]:
    return {ip_address(address).version for address in found}


def _finding(view: View, pair: Pair, context: str, service: Service, theirs: int, ours: int) -> Finding:
    where = ("-n", service.namespace)
    given = ", ".join(addresses(service))
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(
            context=context,
            service=service.full_name,
            theirs=f"IPv{theirs}",
            addresses=given,
            source=pair.source,
            ours=f"IPv{ours}",
        ),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name),
                f"{service.name}  {service.type}  EXTERNAL-IP {given}",
            ),
        ),
        (fixes.add_address(view, context, service, WHAT.format(ours=f"IPv{ours}"), say(WHY, ours=f"IPv{ours}")),),
    )


CHECK = Check(
    "MC416",
    "the east-west gateway has an address of the clients' family",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F20",),
)

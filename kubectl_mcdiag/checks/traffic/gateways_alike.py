"""Every gateway of a network accepts connections.

A network may have several gateways, and each gateway several addresses; istiod hands out all of them, and Envoy spreads
calls over them. One at which nothing answers fails its share of the calls, which retries turn into slow ones.

Fix: allow connections to that gateway, or take its address away from those that istiod hands out.

Source: Istio 1.31 `/debug/networkz`; Envoy cluster statistic `cx_connect_fail`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.steps import Action, Object, Step, label
from kubectl_mcdiag.checks.traffic.proof import failures_counted
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import NETWORK, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposures import KUBERNETES
from kubectl_mcdiag.mesh.networks.gateways import OWNER, addresses, gateway_at, node_addresses
from kubectl_mcdiag.mesh.traffic.connections import partly_connected
from kubectl_mcdiag.mesh.view import View

BY_HAND = (
    "Take {dead} out of meshNetworks in the mesh configuration, or allow connections to it from the nodes of {source};"
    " leave the other addresses there."
)
BOTH = (
    "{service} in {context} may have both addresses, so leave its labels: allow connections from the nodes of"
    " {source} to {dead}, or have the load balancer (its DNS name, or spec.externalIPs) publish only the address"
    " that answers."
)
WHY = "takes this gateway out of those that istiod hands out; put the label back once it can be reached"


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each gateway address that fails while another one of the network answers the same client."""
    for dead, alive in partly_connected(view, pair.source, client.full_name, pair.destination):
        yield _finding(view, pair, client.full_name, dead, alive)


def _finding(view: View, pair: Pair, client: str, dead: Host, alive: Host) -> Finding:
    wanted = network(view, pair.destination)
    found = gateway_at(view, wanted, dead.address)
    owner = f"{found[1].full_name} in {found[0]}" if found else "meshNetworks"
    is_alone = found is not None and _has_only(view, *found, dead.address, alive.address)
    return Finding(
        Status.FAIL,
        Scope((found[0] if found else pair.source,), (pair,), network=wanted),
        say(
            "{dead}, a gateway of {network} ({owner}), accepts no connections, while {alive} answers",
            network=wanted,
            dead=f"{dead.address}:{dead.port}",
            owner=owner,
            alive=f"{alive.address}:{alive.port}",
        ),
        (failures_counted(view, pair.source, client, dead),),
        (_unlabelled(view, *found, wanted),) if found and is_alone else (),
        advice=NOTHING if is_alone else _advice(pair, dead, found),
    )


def _has_only(view: View, context: str, service: Service, dead: str, alive: str) -> bool:
    """Return whether the dead address is this Service's and the one that answers is not; by a host name it may be."""
    given = (*addresses(service), *node_addresses(view, context, service.full_name))
    return dead in given and alive not in given and not service.ingress_hosts


def _advice(pair: Pair, dead: Host, found: tuple[str, Service] | None) -> Message:
    address = f"{dead.address}:{dead.port}"
    if not found:
        return say(BY_HAND, dead=address, source=pair.source)
    return say(BOTH, service=found[1].full_name, context=found[0], source=pair.source, dead=address)


def _unlabelled(view: View, context: str, service: Service, wanted: str) -> Step:
    """Take the network's label off; a Gateway of the Kubernetes Gateway API hands its labels on to its Service."""
    made_by = service.labels.get(OWNER, "")
    kind, name = (KUBERNETES, made_by) if made_by else ("service", service.name)
    return label(
        view, Action.MOVE_TRAFFIC, Object(context, kind, name, service.namespace), NETWORK, "", wanted, say(WHY)
    )


CHECK = Check(
    "MC418",
    "every gateway of a network accepts connections",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F22",),
)

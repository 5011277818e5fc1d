"""Every gateway of a network takes connections.

A network may have several gateways, and each gateway several addresses; istiod hands out all of them, and Envoy spreads
calls over them. One at which nothing answers fails its share of the calls, which retries turn into slow ones.

To mend it: open the way to that gateway, or take its address away from those that istiod hands out.

Source: Istio 1.31 `/debug/networkz`; Envoy cluster statistic `cx_connect_fail`. Catalogue F22.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import failures_counted, label_gateway, set_networks
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.mesh.access.identity import NETWORK, clients, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import gateway_at
from kubectl_mcdiag.mesh.traffic.ways import unequal_ways
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Of the gateways into {network}, {dead} ({owner}) takes no connection, while {alive} answers."
BY_HAND = "of meshNetworks"
WHY = "takes the gateway out of those that istiod hands out"
WHY_BY_HAND = (
    "MESH_NETWORKS: the networks without this gateway, in YAML on one line; `networks: {}` leaves them to labels"
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway address that fails while another one of the network answers the same client."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for client in clients(view, pair.source):
        for dead, alive in unequal_ways(view, pair.source, client.full_name, pair.destination):
            yield _finding(view, pair, client.full_name, dead, alive)


def _finding(view: View, pair: Pair, client: str, dead: Host, alive: Host) -> Finding:
    wanted = network(view, pair.destination)
    found = gateway_at(view, wanted, dead.address)
    return Finding(
        Status.FAIL,
        Scope((found[0] if found else pair.source,), (pair,), network=wanted),
        PROBLEM.format(
            network=wanted,
            dead=f"{dead.address}:{dead.port}",
            owner=f"{found[1].full_name} in {found[0]}" if found else BY_HAND,
            alive=f"{alive.address}:{alive.port}",
        ),
        (failures_counted(view, pair.source, client, dead),),
        (label_gateway(view, *found, f"{NETWORK}-", WHY) if found else set_networks(view, pair.source, WHY_BY_HAND),),
    )


CHECK = Check(
    "MC418",
    "every gateway of a network takes connections",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F22",),
)

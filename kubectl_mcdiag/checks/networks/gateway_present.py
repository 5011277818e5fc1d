"""Every network that others call into has an east-west gateway.

Pods of different networks cannot reach each other. istiod sends such calls to a Service that carries the label
`topology.istio.io/network` with the name of the network. Where there is none it hands out pod addresses, and calls
time out.

Fix: install an east-west gateway in that network.

Source: Istio, "Install Multi-Primary on different networks"; Guide T4c-1. Catalogue F1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import istioctl, kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import NETWORK, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import declares_gateway, gateways, gateways_of, gateways_seen, on_network
from kubectl_mcdiag.mesh.traffic.ways import answered_directly
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{contexts} no east-west gateway, so nothing leads into {network}: no Service has the label {label} or port 15443."
)
WHY = "installs a gateway; GATEWAY_FILE is what samples/multicluster/gen-eastwest-gateway.sh --network {network} prints"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the destination's network has no gateway in any cluster that is in it."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    near = on_network(view, wanted)
    if gateways_seen(view, wanted) or any(gateways(view, context) for context in near) or gateways_of(view, wanted):
        return
    if declares_gateway(view, pair.source, wanted):
        return
    if answered_directly(view, pair.source, pair.destination):
        raise NotApplicable(f"pods of {pair.destination} answer those of {pair.source} without a gateway")
    command = istioctl(view, near[0], "install", "-y", "-f") + ' "$GATEWAY_FILE"'
    yield Finding(
        Status.FAIL,
        Scope(clusters=near, pairs=(pair,), network=wanted),
        PROBLEM.format(
            contexts=f"{listed(near)} {'has' if len(near) == 1 else 'have'}",
            network=wanted or "its network",
            label=NETWORK,
        ),
        tuple(
            shows(context, kubectl(view, context, "get", "services", "-A", "-l", NETWORK), "No resources found")
            for context in near
        ),
        (Step(Kind.NEEDS_INPUT, command, WHY.format(network=wanted)),),
    )


CHECK = Check(
    "MC401",
    "every network that others call into has an east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F1",),
    guide="T4c",
)

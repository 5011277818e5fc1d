"""Every network that others call into has an east-west gateway.

Pods of different networks cannot reach each other. istiod sends such calls to a Service that carries the label
`topology.istio.io/network` with the name of the network. Where there is none it hands out pod addresses, and calls
time out.

Fix: install an east-west gateway in that network.

Source: Istio, "Install Multi-Primary on different networks"; Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Action, Step, istioctl
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import NETWORK, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import declares_gateway, gateways, gateways_of, gateways_seen, on_network
from kubectl_mcdiag.mesh.traffic.connections import answered_directly
from kubectl_mcdiag.mesh.view import View

PROBLEM = "No cluster on {network} has an east-west gateway"
DETAIL = "No Service in {contexts} has the label {label} or port 15443, so no call enters {network}."
UNNAMED = "the network without a name"
WHAT = "the file that samples/multicluster/gen-eastwest-gateway.sh --network {network} prints"
WHY = "installs a gateway; GATEWAY_FILE is " + WHAT


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the destination's network has no gateway in any cluster that is in it."""
    wanted = network(view, pair.destination)
    near = on_network(view, wanted)
    if gateways_seen(view, wanted) or any(gateways(view, context) for context in near) or gateways_of(view, wanted):
        return
    if declares_gateway(view, pair.source, wanted):
        return
    if answered_directly(view, pair.source, pair.destination):
        raise NotApplicable(f"pods of {pair.destination} answer those of {pair.source} without a gateway")
    yield _finding(view, pair, near, wanted)


def _finding(view: View, pair: Pair, near: tuple[str, ...], wanted: str) -> Finding:
    name, listed = wanted or UNNAMED, ("services", "-l", NETWORK)
    return Finding(
        Status.FAIL,
        Scope(clusters=near, pairs=(pair,), network=wanted),
        say(PROBLEM, network=name),
        tuple(listed_shown(view, context, "", listed, "No resources found") for context in near),
        (_install(view, near[0], wanted),),
        say(DETAIL, contexts=near, label=NETWORK, network=name),
    )


def _install(view: View, context: str, wanted: str) -> Step:
    file = Input("GATEWAY_FILE", WHAT.format(network=wanted))
    return Step(Action.INSTALL, context, istioctl(view, context, "install", "-y", "-f", file), say(WHY, network=wanted))


CHECK = Check(
    "MC401",
    "every network that others call into has an east-west gateway",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F1",),
    guide="T4c",
)

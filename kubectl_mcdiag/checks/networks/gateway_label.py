"""The east-west gateway's Service carries the name of its network.

istiod finds gateways by the label `topology.istio.io/network` on the Service, not by its name. Without the label the
gateway does not exist for it; with another network's name calls for this network go nowhere and those for the other
come here. A gateway that `meshNetworks` declares needs no label.

Fix: set the label to the network's name; proxies have the new address within a second.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import NETWORK, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import declares_gateway, gateways, labelled
from kubectl_mcdiag.mesh.view import View

MISSING = "East-west gateway {gateway} in {context} has no label with its network, {network}"
WRONG = "East-west gateway {gateway} in {context} is labelled with network {value} and not {network}"
UNKNOWN = "istiod finds gateways by the label {label} of their Service, so it knows none for {network}."
WHY = say("istiod finds the gateway of a network by this label")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where no gateway of the destination carries its network's name."""
    wanted = network(view, pair.destination)
    if any(labelled(view, context, wanted) for context in view.contexts) or declares_gateway(view, pair.source, wanted):
        return
    for context, service in _nearest(view, pair.destination, wanted):
        yield _finding(view, pair, context, service, wanted)


def _nearest(view: View, destination: str, wanted: str) -> tuple[tuple[str, Service], ...]:
    """Return the gateway that should carry the label: the destination's own, else one of a cluster on its network.

    Where the destination has none, a cluster whose network is not known may have it.
    """
    for context in sorted(view.contexts, key=lambda context: context != destination):
        if context == destination or network(view, context) == wanted:
            for service in gateways(view, context):
                return ((context, service),)
    return ()


def _finding(view: View, pair: Pair, context: str, service: Service, wanted: str) -> Finding:
    value, gateway = service.labels.get(NETWORK), service.full_name
    said = say(MISSING, gateway=gateway, context=context, network=wanted)
    labels = ",".join(f"{key}={item}" for key, item in service.labels.items()) or "<none>"
    target = Object(context, "service", service.name, service.namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), network=wanted),
        said if value is None else say(WRONG, gateway=gateway, context=context, value=value, network=wanted),
        (object_shown(view, target, f"{service.name}  LABELS {labels}", output=("--show-labels",)),),
        (fixes.label_gateway(view, context, service, NETWORK, wanted, WHY),),
        say(UNKNOWN, label=NETWORK, network=wanted),
    )


CHECK = Check(
    "MC403",
    "the east-west gateway carries the name of its network",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F1", "F5"),
    guide="T4c",
)

"""The east-west gateway's Service carries the name of its network.

istiod finds gateways by the label `topology.istio.io/network` on the Service, not by its name. Without the label the
gateway does not exist for it; with another network's name calls for this network go nowhere and those for the other
come here. A gateway that `meshNetworks` declares needs no label.

Fix: set the label to the network's name; proxies have the new address within a second.

Source: Guide T4c-1; Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`. Catalogue F1, F5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import NETWORK, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import declares_gateway, gateways, labelled
from kubectl_mcdiag.mesh.view import View

MISSING = (
    "{context}'s east-west gateway {service} has no label {label}, so istiod does not know it leads into {network}."
)
WRONG = "{context}'s east-west gateway {service} is labelled {label}={value}, but that cluster is on {network}."
WHY = "istiod finds the gateway of a network by this label"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where no gateway of the destination carries its network's name."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    if any(labelled(view, context, wanted) for context in view.contexts) or declares_gateway(view, pair.source, wanted):
        return
    for context, service in _nearest(view, pair.destination, wanted):
        yield _finding(view, pair, context, service, wanted)


def _nearest(view: View, destination: str, wanted: str) -> tuple[tuple[str, Service], ...]:
    """Return the gateway that should carry the label: the destination's own, else one of a cluster on its network.

    Where the destination has none, a cluster whose network cannot be told may have it.
    """
    for context in sorted(view.contexts, key=lambda context: context != destination):
        if context == destination or network(view, context) == wanted:
            for service in gateways(view, context):
                return ((context, service),)
    return ()


def _finding(view: View, pair: Pair, context: str, service: Service, wanted: str) -> Finding:
    value = service.labels.get(NETWORK)
    text = MISSING if value is None else WRONG
    where = ("-n", service.namespace)
    labels = ",".join(f"{key}={item}" for key, item in service.labels.items()) or "<none>"
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), network=wanted),
        text.format(context=context, service=service.full_name, label=NETWORK, network=wanted, value=value),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name, "--show-labels"),
                f"{service.name}  LABELS {labels}",
            ),
        ),
        (fixes.label_gateway(view, context, service, NETWORK, wanted, say(WHY)),),
    )


CHECK = Check(
    "MC403",
    "the east-west gateway carries the name of its network",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F1", "F5"),
    guide="T4c",
)

"""The system namespace carries the name of the cluster's network.

istiod reads the label `topology.istio.io/network` on the system namespace for every endpoint that has no network of
its own: pods without a sidecar, WorkloadEntries, and pods injected before the network was set. Without it, other
networks are given those endpoints by their own address, which leads nowhere. Injected pods carry their network
themselves and keep working; where all endpoints do, this breaks with the first that does not. `meshNetworks` may name
the network of a cluster's endpoints instead.

Fix: label the namespace with the network that the cluster's proxies and gateway name.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, label
from kubectl_mcdiag.mesh.access.identity import NETWORK, network, system_namespace
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.mesh_networks import declared
from kubectl_mcdiag.mesh.services.endpoints import shared, without_network
from kubectl_mcdiag.mesh.view import View

MISSING = "Namespace {namespace} of {context} has no label with its network, {network}"
WRONG = "Namespace {namespace} of {context} is labelled with network {value} and not {network}"
BREAKS = "Other clusters use pod addresses for pods without a sidecar: {services}."
KEEPS = "All pods carry their network themselves, so calls still work."
WHY = say("endpoints without a network of their own take it from here")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where endpoints depend on a label that is not their network, else a warning."""
    wanted = network(view, context)
    value = system_namespace(view, context).labels.get(NETWORK)
    if (value or "") == wanted:
        return
    others = [other for other in view.contexts if other != context]
    if value is None:
        others = [other for other in others if declared(view, other, context) != wanted]
        if not others:
            return
    broken = {
        other: tuple(s for s in shared(view, other, context) if without_network(view, context, s)) for other in others
    }
    services = tuple(dict.fromkeys(service for found in broken.values() for service in found))
    if not services:
        pairs = tuple(Pair(other, context) for other in others)
        yield _finding(view, context, Status.WARN, Scope((context,), pairs), say(KEEPS))
    for service in services:
        pairs = tuple(Pair(other, context) for other in others if service in broken[other])
        yield _finding(view, context, Status.FAIL, Scope((context,), pairs, service), say(BREAKS, services=services))


def _finding(view: View, context: str, status: Status, scope: Scope, detail: Message) -> Finding:
    space, wanted = system_namespace(view, context), network(view, context)
    value, target = space.labels.get(NETWORK), Object(context, "namespace", space.name)
    named = {"namespace": space.name, "context": context, "network": wanted}
    labels = ",".join(f"{k}={v}" for k, v in space.labels.items()) or "<none>"
    return Finding(
        status,
        scope,
        say(MISSING, **named) if value is None else say(WRONG, value=value, **named),
        (object_shown(view, target, f"{space.name}  LABELS {labels}", output=("--show-labels",)),),
        (label(view, Action.MOVE_TRAFFIC, target, NETWORK, wanted, value or "", WHY),),
        detail,
    )


CHECK = Check(
    "MC405",
    "the system namespace carries the name of the network",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F15", "F17"),
    guide="T4c",
)

"""The east-west gateway for ambient traffic is one that ztunnels of other networks can use.

They enter a network through a Gateway of class `istio-east-west` with a listener of protocol HBONE on port 15008, in
TLS mode Terminate, that carries the label `topology.istio.io/network` and has an address. For any other istiod logs
"No network gateway found for network".

Fix: create the Gateway as Istio's guide for ambient multi-network does; the finding says which part is wrong.

Source: Istio 1.31 `pilot/pkg/serviceregistry/ambient`, samples/multicluster `gen-eastwest-gateway.sh --ambient`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.checks.ambient.fixes import tunnel_gateway
from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, label
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway
from kubectl_mcdiag.mesh.access.identity import NETWORK, network
from kubectl_mcdiag.mesh.ambient.enrolment import CLASS, HBONE, east_west
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

KIND = "gateways.gateway.networking.k8s.io"
NONE = "{context} has no Gateway of class istio-east-west"
NO_WAY = "ztunnels of other networks cannot enter {network}."
WRONG = "ztunnels of other networks cannot use Gateway {name} of {context}"
MANY = "{context} has {number} Gateways of class istio-east-west for {network}"
FIRST = "ztunnels of other networks use only the first of them: {names}."
KEEP_ONE = "Keep the Gateway whose address the other networks can connect to, and delete the others once calls use it."
CLASSED = "Its class is {found}, and only the class istio-east-west takes what ztunnels send."
LISTENS = "It has no HBONE listener on port 15008 in TLS mode Terminate (it has {found})."
LABELLED = "Its label topology.istio.io/network is {found}, and the network is {network}."
ADDRESSED = "It has no address."
ADDRESS = (
    "Give the Service of {name} in {context} an address that the other networks can connect to (a load balancer, or"
    " `spec.addresses` of the Gateway), and have port 15008 opened from their nodes to it. ADDRESS in"
    " `kubectl get gateways.gateway.networking.k8s.io` shows it."
)
WHY = say("ztunnels of other networks enter here; delete a Gateway that it replaces once calls work")
WHY_LABEL = say("istiod takes it for the gateway of this network")


@dataclass(frozen=True, slots=True)
class _Fault:
    """What ztunnels miss in a Gateway, and what to do about it."""

    detail: Message
    fix: tuple[Step, ...] = ()
    advice: Message = NOTHING


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a network that ztunnels cannot enter, and a warning for one with several gateways."""
    context, own = pair.destination, network(view, pair.destination)
    faults = tuple((gateway, _fault(view, context, gateway, own)) for gateway in east_west(view, context))
    good = tuple(gateway for gateway, fault in faults if not fault)
    if not faults:
        missing = _Fault(say(NO_WAY, network=own), (tunnel_gateway(view, context, WHY),))
        yield _finding(view, pair, Status.FAIL, say(NONE, context=context), missing, ())
    elif len(good) > 1:
        problem = say(MANY, context=context, number=len(good), network=own)
        several = _Fault(say(FIRST, names=tuple(map(_name, good))), advice=say(KEEP_ONE))
        yield _finding(view, pair, Status.WARN, problem, several, tuple(gateway for gateway, _ in faults))
    for gateway, fault in faults:
        if fault and not good:
            problem = say(WRONG, context=context, name=_name(gateway))
            yield _finding(view, pair, Status.FAIL, problem, fault, (gateway,))


def _name(gateway: KubernetesGateway) -> str:
    return f"{gateway.name}.{gateway.namespace}"


def _fault(view: View, context: str, gateway: KubernetesGateway, own: str) -> _Fault | None:
    """Return what ztunnels miss in a Gateway, None where nothing is missing."""
    seen = tuple(f"{x.protocol} on {x.port}, TLS {x.tls_mode or 'none'}" for x in gateway.listeners)
    if gateway.class_name != CLASS:
        return _Fault(say(CLASSED, found=gateway.class_name), (tunnel_gateway(view, context, WHY),))
    if not any(
        (x.protocol, x.port, x.tls_mode or "Terminate") == ("HBONE", HBONE, "Terminate") for x in gateway.listeners
    ):
        return _Fault(say(LISTENS, found=seen or ("none",)), (tunnel_gateway(view, context, WHY),))
    held = gateway.labels.get(NETWORK, "")
    if held != own:
        target = Object(context, KIND, gateway.name, gateway.namespace)
        step = label(view, Action.MOVE_TRAFFIC, target, NETWORK, own, held, WHY_LABEL)
        return _Fault(say(LABELLED, found=held or "missing", network=own), (step,))
    advice = say(ADDRESS, name=_name(gateway), context=context)
    return None if gateway.addresses else _Fault(say(ADDRESSED), advice=advice)


def _finding(
    view: View, pair: Pair, status: Status, problem: Message, fault: _Fault, found: tuple[KubernetesGateway, ...]
) -> Finding:
    context = pair.destination
    rows = [f"{g.namespace}  {g.name}  {g.class_name}  {','.join(g.addresses) or '<none>'}" for g in found]
    return Finding(
        status,
        Scope((context,), (pair,), network=network(view, context)),
        problem,
        (listed_shown(view, context, "", (KIND,), *(rows or ["No resources found"])),),
        fault.fix,
        fault.detail,
        fault.advice,
    )


CHECK = Check(
    "MC804",
    "the east-west gateway for ambient traffic is one that ztunnels can use",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("H4", "H5", "H6", "H13"),
)

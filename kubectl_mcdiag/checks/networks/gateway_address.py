"""The east-west gateway has an address that other networks can call.

istiod uses the addresses of the load balancer, `externalIPs`, and of a Service of type NodePort the ExternalIPs of the
nodes that its annotation `traffic.istio.io/nodeSelector` selects. A gateway without any does not exist for it: it
hands out pod addresses, as if there were none.

Fix: have the platform's load balancer give it one, or set `externalIPs` to an address that leads to it.

Source: Istio, "Troubleshooting Multicluster" (kubectl prints `<pending>`); Istio 1.31
`pilot/pkg/serviceregistry/kube/controller/network.go`; istio/istio#39930, #35707.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import NODE_SELECTOR, gateways_of, gateways_seen, has_address
from kubectl_mcdiag.mesh.view import View

PROBLEM = "East-west gateway {gateway} in {context} has no external address"
NOTHING_LEADS = " No call enters {network}."
PENDING = "It waits for its load balancer (EXTERNAL-IP <pending>)."
NODE_PORT = (
    "It is of type NodePort, for which istiod uses no address: it has neither externalIPs nor the annotation {key}."
)
NO_NODE = "It is of type NodePort, and its annotation {key}={value} selects no node with an address of type ExternalIP."
OTHER = "It is of type {type} without externalIPs, so it has no address outside the cluster."
WHAT = "an address outside that cluster at which port 15443 of its gateway can be reached"
WHY = say("GATEWAY_IP is " + WHAT + "; not needed once its load balancer gives it one")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where every gateway into the destination's network lacks an address."""
    wanted = network(view, pair.destination)
    # One gateway with an address will do, whatever the clusters that cannot be read hold.
    if any(has_address(view, context, service.full_name) for context, service in gateways_seen(view, wanted)):
        return
    for context, service in gateways_of(view, wanted):
        yield _finding(view, pair, context, service, wanted)


def _finding(view: View, pair: Pair, context: str, service: Service, wanted: str) -> Finding:
    target = Object(context, "service", service.name, service.namespace)
    external = "<pending>" if service.type == "LoadBalancer" else "<none>"
    line = f"{service.name}  {service.type}  {service.cluster_ip}  {external}"
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), network=wanted),
        say(PROBLEM, context=context, gateway=service.full_name),
        (object_shown(view, target, line, output=()),),
        (fixes.add_address(view, context, service, WHAT, WHY),),
        _detail(service, wanted),
    )


def _detail(service: Service, wanted: str) -> Message:
    if service.type == "LoadBalancer":
        return say(PENDING + NOTHING_LEADS, network=wanted)
    if service.type != "NodePort":
        return say(OTHER + NOTHING_LEADS, type=service.type, network=wanted)
    value = service.annotations.get(NODE_SELECTOR)
    if value is None:
        return say(NODE_PORT + NOTHING_LEADS, key=NODE_SELECTOR, network=wanted)
    return say(NO_NODE + NOTHING_LEADS, key=NODE_SELECTOR, value=value, network=wanted)


CHECK = Check(
    "MC402",
    "the east-west gateway has an external address",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F2", "F4"),
    guide="T4c",
)

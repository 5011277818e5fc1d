"""The east-west gateway has an address that other networks can call.

istiod takes the addresses of the load balancer, `externalIPs`, and of a Service of type NodePort the ExternalIPs of the
nodes that its annotation `traffic.istio.io/nodeSelector` selects. A gateway without any does not exist for it: it hands
out pod addresses, as if there were none.

To mend it: let the platform's load balancer give it one, or set `externalIPs` to an address that leads to it.

Source: Guide T4c-1 (kubectl prints `<pending>`); Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`;
istio/istio#39930, #35707. Catalogue F2, F4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import NODE_SELECTOR, gateways_of, gateways_seen, has_address
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context}'s east-west gateway {service} {why}, so nothing leads into {network}."
PENDING = "waits for its load balancer (EXTERNAL-IP <pending>)"
NODE_PORT = (
    "is of type NodePort, from which istiod takes no address: it has neither externalIPs nor the annotation {key}"
)
NO_NODE = "is of type NodePort, and its annotation {key}={value} selects no node with an address of type ExternalIP"
OTHER = "is of type {type} without externalIPs, so it has no address outside the cluster"
WHAT = "an address outside that cluster at which port 15443 of its gateway can be reached"
WHY = f"GATEWAY_IP: {WHAT}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where every gateway into the destination's network lacks an address."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    # One gateway with an address will do, whatever the clusters that cannot be read hold.
    if any(has_address(view, context, service.full_name) for context, service in gateways_seen(view, wanted)):
        return
    for context, service in gateways_of(view, wanted):
        yield _finding(view, pair, context, service, wanted)


def _finding(view: View, pair: Pair, context: str, service: Service, wanted: str) -> Finding:
    where = ("-n", service.namespace)
    shown = "<pending>" if service.type == "LoadBalancer" else "<none>"
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=(pair,), network=wanted),
        PROBLEM.format(context=context, service=service.full_name, why=_why(service), network=wanted),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name),
                f"{service.name}  {service.type}  {service.cluster_ip}  EXTERNAL-IP {shown}",
            ),
        ),
        (fixes.add_address(view, context, service, WHAT, say(WHY)),),
    )


def _why(service: Service) -> str:
    if service.type == "LoadBalancer":
        return PENDING
    if service.type != "NodePort":
        return OTHER.format(type=service.type)
    value = service.annotations.get(NODE_SELECTOR)
    return (NODE_PORT if value is None else NO_NODE).format(key=NODE_SELECTOR, value=value)


CHECK = Check(
    "MC402",
    "the east-west gateway has an external address",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F2", "F4"),
    guide="T4c",
)

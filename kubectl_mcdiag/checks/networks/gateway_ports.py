"""The east-west gateway's Service forwards port 15443 to its pods.

Clients call port 15443 of the gateway's address (or what the label `networking.istio.io/gatewayPort` says). A Service
without it accepts no calls, and istiod ignores such a gateway from 1.29 on. A `targetPort` by a name that no port of
the gateway's pods has forwards nowhere; a number always works, because istiod lets the gateway's Envoy listen on it.

Fix: give the Service port 15443 with target port 15443.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go` ("is labeled as gateway, but does not
listen"); Istio samples/multicluster.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import entry_port, target_port
from kubectl_mcdiag.mesh.networks.gateways import HBONE_PORT, PORT, PORT_LABEL, entrances, has_ready_pod
from kubectl_mcdiag.mesh.view import View

MISSING = "East-west gateway {gateway} in {context} has no port 15443"
NAMELESS = "East-west gateway {gateway} in {context} forwards port {port} to {target}, which its pods do not have"
PORTS = "Clients of other networks call port 15443, and the Service has {ports} only."
NOWHERE = "The target port is a name, and no port of the gateway's pods has it: calls from other networks are refused."
WHY = say("forwards the port to one on which the gateway's Envoy listens")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway of the destination whose port leads nowhere."""
    for context, service in entrances(view, pair):
        if said := _said(view, context, service):
            yield _finding(view, pair, context, service, *said)


def _said(view: View, context: str, service: Service) -> tuple[Message, Message] | None:
    entry, gateway = entry_port(service), service.full_name
    if entry is None:
        # Another port by label is judged by the label's own check; one for HBONE alone is ambient's.
        if PORT_LABEL in service.labels or any(port.port == HBONE_PORT for port in service.ports):
            return None
        ports = tuple(str(port.port) for port in service.ports)
        return say(MISSING, gateway=gateway, context=context), say(PORTS, ports=ports)
    if target_port(view, context, service.full_name) or not has_ready_pod(view, context, service.full_name):
        return None
    return say(NAMELESS, gateway=gateway, context=context, port=entry.port, target=entry.target_port), say(NOWHERE)


def _finding(view: View, pair: Pair, context: str, service: Service, problem: Message, detail: Message) -> Finding:
    target = Object(context, "service", service.name, service.namespace)
    lines = (f"port: {port.port}  targetPort: {port.target_port}" for port in service.ports)
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        problem,
        (object_shown(view, target, *lines),),
        (patch(view, Action.MOVE_TRAFFIC, target, _operations(service), WHY),),
        detail,
    )


def _operations(service: Service) -> tuple[Operation, ...]:
    """Lead the port that is there to the pods' own, or add one under a name that is free."""
    entry = entry_port(service)
    if entry:
        place = pointer("spec", "ports", service.ports.index(entry), "targetPort")
        return replaced(place, entry.target_port, PORT)
    name = "tls" if all(port.name != "tls" for port in service.ports) else "tls-mesh"
    return (put("/spec/ports/-", {"name": name, "port": PORT, "targetPort": PORT, "protocol": "TCP"}),)


CHECK = Check(
    "MC409",
    "the east-west gateway forwards port 15443 to its pods",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F6",),
)

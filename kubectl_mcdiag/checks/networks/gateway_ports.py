"""The east-west gateway's Service leads port 15443 to its pods.

Clients call port 15443 of the gateway's address (or what the label `networking.istio.io/gatewayPort` says). A Service
without it takes no call, and istiod passes over such a gateway from 1.29 on. A `targetPort` by a name that no port of
the gateway's pods has leads nowhere; a number always does, as istiod lets the gateway's Envoy listen on it.

To mend it: give the Service port 15443 with target port 15443.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go` ("is labeled as gateway, but does not
listen"); Istio samples/multicluster. Catalogue F6.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.checks.steps import Action, Object, Operation, Step, patch, pointer, put, replaced
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import entry_port, target_port
from kubectl_mcdiag.mesh.networks.gateways import HBONE_PORT, PORT, PORT_LABEL, entrances, has_ready_pod
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context}'s east-west gateway {service} {why}."
MISSING = "has no port 15443, only {ports}"
NAMELESS = "leads port {port} to {target!r}, which is no port of its pods"
WHY = "leads the port to one on which the gateway's Envoy listens"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway of the destination whose port leads nowhere."""
    for context, service in entrances(view, pair):
        why = _why(view, context, service)
        if why:
            yield _finding(view, pair, context, service, why)


def _why(view: View, context: str, service: Service) -> str:
    entry = entry_port(service)
    if entry is None:
        # Another port by label is judged by the label's own check; one for HBONE alone is ambient's.
        others = PORT_LABEL in service.labels or any(port.port == HBONE_PORT for port in service.ports)
        return "" if others else MISSING.format(ports=", ".join(str(port.port) for port in service.ports))
    if target_port(view, context, service.full_name) or not has_ready_pod(view, context, service.full_name):
        return ""
    return NAMELESS.format(port=entry.port, target=entry.target_port)


def _finding(view: View, pair: Pair, context: str, service: Service, why: str) -> Finding:
    where = ("-n", service.namespace)
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(context=context, service=service.full_name, why=why),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name, "-o", "yaml"),
                *(f"port {port.port} targetPort {port.target_port}" for port in service.ports),
            ),
        ),
        (_step(view, context, service),),
    )


def _step(view: View, context: str, service: Service) -> Step:
    target = Object(context, "service", service.name, service.namespace)
    return patch(view, Action.MOVE_TRAFFIC, target, _operations(service), say(WHY))


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
    "the east-west gateway leads port 15443 to its pods",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F6",),
)

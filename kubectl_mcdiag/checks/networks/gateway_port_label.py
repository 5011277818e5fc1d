"""The label `networking.istio.io/gatewayPort` names a port of the gateway.

By it a gateway says on which port other networks call it, where that is not 15443. istiod takes any number from it,
also one that the Service does not have; what is no number it ignores with a warning in its log, and takes 15443.

To mend it: remove the label, or let it name one of the Service's ports.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go` ("could not parse … defaulting to 15443").
Catalogue F7.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import entry_port
from kubectl_mcdiag.mesh.networks.gateways import PORT_LABEL, entrances
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context}'s east-west gateway {service} is labelled {label}={value}, {why}."
IGNORED = "which is no number: istiod ignores it and takes 15443"
UNSERVED = "but its ports are {ports}: calls from other networks find nothing there"
WHY = "other networks call port 15443 again"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the port that clients are told is none of the Service's, a warning where it is by luck."""
    for context, service in entrances(view, pair):
        value = service.labels.get(PORT_LABEL)
        if value is None:
            continue
        if entry_port(service) is None:
            ports = ", ".join(str(port.port) for port in service.ports)
            yield _finding(view, pair, context, service, Status.FAIL, UNSERVED.format(ports=ports))
        elif not value.isdigit():
            yield _finding(view, pair, context, service, Status.WARN, IGNORED)


def _finding(view: View, pair: Pair, context: str, service: Service, status: Status, why: str) -> Finding:
    value, where = service.labels[PORT_LABEL], ("-n", service.namespace)
    return Finding(
        status,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(context=context, service=service.full_name, label=PORT_LABEL, value=value, why=why),
        (
            shows(
                context,
                kubectl(view, context, *where, "get", "service", service.name, "--show-labels"),
                f"{service.name}  PORT(S) {','.join(str(port.port) for port in service.ports)}",
                f"LABELS {PORT_LABEL}={value}",
            ),
        ),
        (fixes.label_gateway(view, context, service, PORT_LABEL, "", say(WHY)),),
    )


CHECK = Check(
    "MC410",
    "the label gatewayPort names a port of the gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F7",),
)

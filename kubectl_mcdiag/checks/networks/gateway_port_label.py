"""The label `networking.istio.io/gatewayPort` names a port of the gateway.

By it a gateway says on which port other networks call it, where that is not 15443. istiod accepts any number, even one
that the Service does not have; a value that is not a number is ignored with a warning in the log, and 15443 is used.

Fix: remove the label, or have it name one of the Service's ports.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go` ("could not parse … defaulting to 15443").
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import entry_port
from kubectl_mcdiag.mesh.networks.gateways import PORT_LABEL, entrances
from kubectl_mcdiag.mesh.view import View

UNSERVED = "East-west gateway {gateway} in {context} is labelled with port {value}, which it does not have"
NO_NUMBER = "East-west gateway {gateway} in {context} is labelled with port {value}, which is not a number"
IGNORED = "istiod ignores the label {label} and takes 15443."
CALLED = "The label {label} tells other networks to call that port, and the Service has {ports} only."
WHY = say("other networks call port 15443 again")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the port that clients use is none of the Service's, a warning where it is by luck."""
    for context, service in entrances(view, pair):
        value = service.labels.get(PORT_LABEL)
        if value is not None and (entry_port(service) is None or not value.isdigit()):
            yield _finding(view, pair, context, service)


def _finding(view: View, pair: Pair, context: str, service: Service) -> Finding:
    value, ports = service.labels[PORT_LABEL], tuple(str(port.port) for port in service.ports)
    target, served = Object(context, "service", service.name, service.namespace), entry_port(service) is not None
    lines = f"{service.name}  PORT(S) {','.join(ports)}", f"LABELS {PORT_LABEL}={value}"
    words = NO_NUMBER if not value.isdigit() else UNSERVED
    return Finding(
        Status.WARN if served else Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        say(words, context=context, gateway=service.full_name, value=value),
        (object_shown(view, target, *lines, output=("--show-labels",)),),
        (fixes.label_gateway(view, context, service, PORT_LABEL, "", WHY),),
        say(IGNORED, label=PORT_LABEL) if served else say(CALLED, label=PORT_LABEL, ports=ports),
    )


CHECK = Check(
    "MC410",
    "the label gatewayPort names a port of the gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F7",),
)

"""The Envoy of every east-west gateway accepts its listener on port 15443.

istiod makes one listener of all Gateways that share a port. Where two of them expose the same service for automatic SNI
pass-through, it has the same filter chain twice, and Envoy refuses the whole of it. A gateway that had the listener
before keeps the old one and knows no new service; one that has been restarted since does not listen at all, and does
not become ready.

To mend it: let one Gateway expose all services on the port, and delete the others.

Source: istio/istio#42050; Envoy's `config_dump`, `error_state`. Catalogue F11.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, kubectl
from kubectl_mcdiag.evidence.commands import GATEWAY_LISTENERS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_listeners import Listener
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposures import Exposure, exposures_on
from kubectl_mcdiag.mesh.networks.gateway_proxies import gateway_proxy, listener
from kubectl_mcdiag.mesh.networks.gateways import PORT, entrances
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The Envoy of {context}'s gateway {pod} refuses its listener on port 15443, {names} share that port; {state}."
CLOSED = "it does not listen there at all"
OPEN = "it still uses the one it had before, until it is restarted, and learns of no new service"
WHY = "leaves {kept} alone on port 15443, which exposes {hosts}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where a gateway of the destination rejected its listener."""
    for context, service in entrances(view, pair):
        sharing = exposures_on(view, context, service.full_name)
        pod = gateway_proxy(view, context, service.full_name)
        found = listener(view, context, pod, PORT) if pod and len(sharing) > 1 else None
        if pod and found and found.rejected:
            yield _finding(view, pair, context, pod, found, sorted(sharing, key=lambda one: not one.covers_the_mesh))


def _finding(view: View, pair: Pair, context: str, pod: Pod, found: Listener, sharing: list[Exposure]) -> Finding:
    return Finding(
        Status.WARN if found.is_active else Status.FAIL,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(
            context=context,
            pod=pod.full_name,
            names=" and ".join(f"Gateway {one.full_name}" for one in sharing),
            state=OPEN if found.is_active else CLOSED,
        ),
        (asked(view, GATEWAY_LISTENERS, context, pod.full_name, found.rejected),),
        tuple(_step(view, context, sharing[0], one) for one in sharing[1:]),
    )


def _step(view: View, context: str, kept: Exposure, surplus: Exposure) -> Step:
    plane = control_planes(view, context)[0]
    command = kubectl(view, plane, "-n", surplus.namespace, "delete", surplus.resource, surplus.gateway)
    return Step(Kind.SAFE, command, WHY.format(kept=kept.full_name, hosts=", ".join(kept.server.hosts)))


CHECK = Check(
    "MC412",
    "the Envoy of every east-west gateway accepts its listener",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F11",),
)

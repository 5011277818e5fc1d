"""Sidecars find a gateway for their own protocol in a network of ambient workloads.

Sidecars enter another network on port 15443, ztunnels on port 15008. A gateway of class `istio-east-west` has only the
second: sidecars of other networks cannot use it, and since Istio 1.29 ignore it.

Fix: install an east-west gateway with port 15443 beside it, for as long as there are sidecars.

Source: istio/istio#57877, istio/istio#57878.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import sidecar_gateway
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.mesh.access.identity import NETWORK, clients, crosses_networks, network
from kubectl_mcdiag.mesh.ambient.enrolment import HBONE, is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import PORT, labelled
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Sidecars of {source} have no gateway into {network} of {destination}"
DETAIL = "{names} {names:has|have} port 15008 for ztunnels, and not 15443, which sidecars like that of {client} use."
WHY = "sidecars of other networks enter here, and can call all services of the mesh in {destination}"


def sidecars_enter(view: View, pair: Pair) -> str:
    """Keep the rule to pairs that cross a network into a cluster with ambient workloads."""
    if is_ambient(view, pair.destination) and crosses_networks(view, pair.source, pair.destination):
        return ""
    return f"no sidecars of {pair.source} enter an ambient network in {pair.destination}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where sidecars have to enter a network that has gateways for ztunnels only."""
    found = labelled(view, pair.destination, network(view, pair.destination))
    ports = {port.port for service in found for port in service.ports}
    for client in clients(view, pair.source)[:1]:
        if HBONE in ports and PORT not in ports:
            yield _finding(view, pair, client.full_name, tuple(service.full_name for service in found))


def _finding(view: View, pair: Pair, client: str, names: tuple[str, ...]) -> Finding:
    own, rows = network(view, pair.destination), tuple(f"{name}  15008/TCP" for name in names)
    return Finding(
        Status.FAIL,
        Scope((pair.destination,), (pair,), network=own),
        say(PROBLEM, destination=pair.destination, network=own, source=pair.source),
        (listed_shown(view, pair.destination, "", ("services", "-l", f"{NETWORK}={own}"), *rows),),
        (sidecar_gateway(view, pair.destination, say(WHY, destination=pair.destination)),),
        say(DETAIL, names=names, client=client),
    )


CHECK = Check(
    "MC809",
    "sidecars find a gateway for their own protocol in a network of ambient workloads",
    Unit.PAIR,
    run,
    guards=(sidecars_enter,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("H9",),
    guide="T4c",
)

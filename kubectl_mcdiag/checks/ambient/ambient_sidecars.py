"""Sidecars find a gateway for their own protocol in a network of ambient workloads.

Sidecars enter another network on port 15443, ztunnels on port 15008. A gateway of class `istio-east-west` has the
second alone: sidecars of other networks cannot use it, and since Istio 1.29 pass over it.

To mend it: install the classic east-west gateway with port 15443 beside it, for as long as there are sidecars.

Source: istio/istio#57877, istio/istio#57878. Catalogue H9.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import generate_gateway, kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network
from kubectl_mcdiag.mesh.ambient.enrolment import HBONE, is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import PORT, labelled
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{destination}'s gateways for {network} ({names}) have port 15008 and not 15443: sidecars of {source}, such as that"
    " of {client}, have no way in."
)
MADE = "ISTIO_DIR: the folder of an Istio release, whose script makes a gateway for sidecars"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where sidecars have to enter a network that has gateways for ztunnels only."""
    if not is_ambient(view, pair.destination) or not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"no sidecars of {pair.source} enter an ambient network in {pair.destination}")
    found = labelled(view, pair.destination, network(view, pair.destination))
    ports = {port.port for service in found for port in service.ports}
    for client in clients(view, pair.source)[:1]:
        if HBONE in ports and PORT not in ports:
            yield _finding(view, pair, client.full_name, tuple(service.full_name for service in found))


def _finding(view: View, pair: Pair, client: str, names: tuple[str, ...]) -> Finding:
    own = network(view, pair.destination)
    return Finding(
        Status.FAIL,
        Scope((pair.destination,), (pair,), network=own),
        PROBLEM.format(
            destination=pair.destination, network=own, names=", ".join(names), source=pair.source, client=client
        ),
        (
            shows(
                pair.destination,
                kubectl(view, pair.destination, "get", "services", "-A", "-l", f"topology.istio.io/network={own}"),
                *(f"{name}  15008/TCP" for name in names),
            ),
        ),
        (Step(Kind.NEEDS_INPUT, generate_gateway(view, pair.destination, own), MADE),),
    )


CHECK = Check(
    "MC809",
    "sidecars find a gateway for their own protocol in a network of ambient workloads",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("H9",),
    guide="T4c",
)

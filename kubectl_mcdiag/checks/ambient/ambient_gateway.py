"""The east-west gateway for ambient traffic is one that ztunnels of other networks can use.

They enter a network through a Gateway of class `istio-east-west` with a listener of protocol HBONE on port 15008, in
TLS mode Terminate, that carries the label `topology.istio.io/network` and has an address. Of any other istiod says
"No network gateway found for network".

To mend it: make the Gateway as Istio's guide for ambient multi-network does; the finding says which part is wrong.

Source: Istio 1.31 `pilot/pkg/serviceregistry/ambient`, samples/multicluster `gen-eastwest-gateway.sh --ambient`.
Catalogue H4, H5, H6, H13.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import generate_gateway, kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway
from kubectl_mcdiag.mesh.access.identity import NETWORK, network
from kubectl_mcdiag.mesh.ambient.enrolment import CLASS, HBONE, east_west, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

NONE = "{context} has no Gateway of class istio-east-west: ztunnels of other networks have no way into {network}."
WRONG = "{context}'s Gateway {name} cannot be used by ztunnels of other networks: {fault}."
MANY = "{context} has {number} Gateways for {network} ({names}); ztunnels of other networks use only the first one."
CLASSED = "its class is {found} and not istio-east-west"
LISTENS = "it has no HBONE listener on port 15008 in TLS mode Terminate (it has {found})"
LABELLED = "its label topology.istio.io/network is {found} and the network is {network}"
ADDRESSED = "it has no address"
MADE = "ISTIO_DIR: the folder of an Istio release, whose script makes the Gateway"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a network that ztunnels cannot enter, and a warning for one with several gateways."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    context, own = pair.destination, network(view, pair.destination)
    found = east_west(view, context)
    good = [gateway for gateway in found if not _fault(gateway, own)]
    if not found:
        yield _finding(view, pair, Status.FAIL, NONE.format(context=context, network=own), found)
    elif not good:
        for gateway in found:
            name = f"{gateway.name}.{gateway.namespace}"
            text = WRONG.format(context=context, name=name, fault=_fault(gateway, own))
            yield _finding(view, pair, Status.FAIL, text, (gateway,))
    elif len(good) > 1:
        names = ", ".join(f"{gateway.name}.{gateway.namespace}" for gateway in good)
        text = MANY.format(context=context, number=len(good), network=own, names=names)
        yield _finding(view, pair, Status.WARN, text, found)


def _fault(gateway: KubernetesGateway, own: str) -> str:
    """Return what ztunnels miss in a Gateway, empty where nothing is missing."""
    seen = [f"{x.protocol} on {x.port}, TLS {x.tls_mode or 'none'}" for x in gateway.listeners]
    if gateway.class_name != CLASS:
        return CLASSED.format(found=gateway.class_name)
    if not any(
        (x.protocol, x.port, x.tls_mode or "Terminate") == ("HBONE", HBONE, "Terminate") for x in gateway.listeners
    ):
        return LISTENS.format(found="; ".join(seen) or "none")
    if gateway.labels.get(NETWORK) != own:
        return LABELLED.format(found=gateway.labels.get(NETWORK, "missing"), network=own)
    return "" if gateway.addresses else ADDRESSED


def _finding(view: View, pair: Pair, status: Status, problem: str, found: tuple[KubernetesGateway, ...]) -> Finding:
    context = pair.destination
    rows = [f"{g.namespace}  {g.name}  {g.class_name}  {','.join(g.addresses) or '<none>'}" for g in found]
    command = kubectl(view, context, "get", "gateways.gateway.networking.k8s.io", "-A")
    make = generate_gateway(view, context, network(view, context), "--ambient")
    return Finding(
        status,
        Scope((context,), (pair,), network=network(view, context)),
        problem,
        (shows(context, command, *(rows or ["No resources found"])),),
        (Step(Kind.NEEDS_INPUT, make, MADE),),
    )


CHECK = Check(
    "MC804",
    "the east-west gateway for ambient traffic is one that ztunnels can use",
    Unit.PAIR,
    run,
    rows=("H4", "H5", "H6", "H13"),
)

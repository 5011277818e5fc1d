"""istiod can resolve the host name of the east-west gateway.

Some load balancers have a host name and no address. istiod resolves it itself (`RESOLVE_HOSTNAME_GATEWAYS`, on by
default) and gives proxies the addresses; where it cannot, the gateway does not exist for it.

Fix: add the name to the DNS server that istiod asks, or set `externalIPs` to an address that leads to the
gateway.

Source: Istio 1.31 `pilot/pkg/model/network.go` ("could not resolve hostname"); istio/istio#29359.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.networks.fixes import set_variable
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.commands import NETWORKZ
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.discovery.remote_secrets import is_read
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import addresses_learned, gateways_seen, has_address, needs_resolving
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{istiod} in {plane} has no address of {context}'s east-west gateway, {host}"
UNRESOLVED = "Its DNS server does not resolve the host name of gateway {gateway}."
SWITCHED_OFF = "RESOLVE_HOSTNAME_GATEWAYS=false keeps it from resolving the host name of gateway {gateway}."
WHY_SWITCH = say("istiod resolves the host names of gateways; it restarts")
SWITCH = "RESOLVE_HOSTNAME_GATEWAYS"
WHAT = "an address outside that cluster at which port 15443 of its gateway can be reached"
WHY = say("GATEWAY_IP is " + WHAT + "; not needed once the DNS server of istiod resolves the name")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod of the source that reads the destination and knows no gateway of its network."""
    wanted = network(view, pair.destination)
    found = gateways_seen(view, wanted)
    if not any(has_address(view, context, service.full_name) for context, service in found):
        return
    if not all(needs_resolving(view, context, service.full_name) for context, service in found):
        return
    for plane in control_planes(view, pair.source):
        for pod in read_deeply(view, plane):
            known = wanted in addresses_learned(view, plane, pod.full_name)
            if not known and is_read(view, plane, pod, pair.destination):
                yield _finding(view, pair, plane, pod, *found[0])


def _finding(view: View, pair: Pair, plane: str, pod: Pod, context: str, service: Service) -> Finding:
    off = pod.environment.get(SWITCH) == "false"
    switched, wanted = _switch_on(view, plane, pod), network(view, pair.destination)
    return Finding(
        Status.FAIL,
        Scope((plane, context), (pair,), network=wanted),
        say(PROBLEM, istiod=pod.full_name, plane=plane, context=context, host=service.ingress_hosts),
        (asked(view, NETWORKZ, plane, pod.full_name, f"no gateway of {wanted}"),),
        switched if off else (fixes.add_address(view, context, service, WHAT, WHY),),
        say(SWITCHED_OFF if off else UNRESOLVED, gateway=service.full_name),
    )


def _switch_on(view: View, plane: str, pod: Pod) -> tuple[Step, ...]:
    target = maker(plane, pod)
    return set_variable(view, target, f"{SWITCH}-", WHY_SWITCH)


CHECK = Check(
    "MC408",
    "istiod can resolve the host name of the east-west gateway",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F3",),
    guide="T4c",
)

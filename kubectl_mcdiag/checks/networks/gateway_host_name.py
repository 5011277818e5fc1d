"""istiod can resolve the host name of the east-west gateway.

Some load balancers have a host name and no address. istiod resolves it itself (`RESOLVE_HOSTNAME_GATEWAYS`, on by
default) and gives proxies the addresses; where it cannot, the gateway does not exist for it.

To mend it: let the DNS server that istiod asks know the name, or set `externalIPs` to an address that leads to the
gateway.

Source: Istio 1.31 `pilot/pkg/model/network.go` ("could not resolve hostname"); istio/istio#29359. Catalogue F3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks import steps
from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.remedies import asked, kubectl, owner
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import NETWORKZ
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes, crosses_networks, network
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.discovery.remote_secrets import is_read
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import addresses_learnt, gateways_seen, has_address, needs_resolving
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pod} in {plane} has no address for {host}, the host name of {context}'s east-west gateway {service}: {why}."
UNRESOLVED = "its DNS server does not resolve the name"
SWITCHED_OFF = "RESOLVE_HOSTNAME_GATEWAYS=false keeps it from resolving names"
WHY_SWITCH = "lets istiod resolve the host names of gateways; it restarts"
WHY_WAIT = "waits until it is back"
SWITCH = "RESOLVE_HOSTNAME_GATEWAYS"
WHAT = "an address outside that cluster at which port 15443 of its gateway can be reached"
WHY = "GATEWAY_IP: an address outside {context} at which port 15443 of the gateway can be reached"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod of the source that reads the destination and knows no gateway of its network."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    found = gateways_seen(view, wanted)
    if not any(has_address(view, context, service.full_name) for context, service in found):
        return
    if not all(needs_resolving(view, context, service.full_name) for context, service in found):
        return
    for plane in control_planes(view, pair.source):
        for pod in read_deeply(view, plane):
            known = wanted in addresses_learnt(view, plane, pod.full_name)
            if not known and is_read(view, plane, pod, pair.destination):
                yield _finding(view, pair, plane, pod, *found[0])


def _finding(view: View, pair: Pair, plane: str, pod: Pod, context: str, service: Service) -> Finding:
    off = pod.environment.get(SWITCH) == "false"
    return Finding(
        Status.FAIL,
        Scope((plane, context), (pair,), network=network(view, pair.destination)),
        PROBLEM.format(
            pod=pod.full_name,
            plane=plane,
            host=", ".join(service.ingress_hosts),
            context=context,
            service=service.full_name,
            why=SWITCHED_OFF if off else UNRESOLVED,
        ),
        (asked(view, NETWORKZ, plane, pod.full_name, f"no gateway of {network(view, pair.destination)}"),),
        _switch_on(view, plane, pod)
        if off
        else (fixes.add_address(view, context, service, WHAT, say(WHY, context=context)),),
    )


def _address(view: View, context: str, service: Service) -> steps.Step:
    return fixes.add_address(view, context, service, WHAT, say(WHY, context=context))


def _switch_on(view: View, plane: str, pod: Pod) -> tuple[Step, ...]:
    where = ("-n", pod.namespace)
    return (
        Step(Kind.DISRUPTIVE, kubectl(view, plane, *where, "set", "env", owner(pod), f"{SWITCH}-"), WHY_SWITCH),
        Step(
            Kind.DISRUPTIVE, kubectl(view, plane, *where, "rollout", "status", owner(pod), "--timeout=180s"), WHY_WAIT
        ),
    )


CHECK = Check(
    "MC408",
    "istiod can resolve the host name of the east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F3",),
    guide="T4c",
)

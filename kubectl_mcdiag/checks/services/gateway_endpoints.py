"""The east-west gateway's Envoy has endpoints for every service that is called through it.

A call from another network names its service by SNI (`outbound_.5000_._.helloworld.sample.svc.cluster.local`), and the
gateway forwards it to an endpoint of that name. The gateway's own istiod drops endpoints that do not accept mutual
TLS: pods without a sidecar, a PeerAuthentication of mode DISABLE, a DestinationRule with TLS other than ISTIO_MUTUAL.
Where none is left the gateway resets the connection, although clients were given its address.

The gateway is looked into only where some connection to it has failed.

Fix: follow the root cause named above; if there is none, look at the policies about mutual TLS in the cluster of
the gateway.

Source: Istio 1.31 `pilot/pkg/xds/endpoints`; istio/istio#45010, #38704.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import kubectl, look
from kubectl_mcdiag.evidence.commands import GATEWAY_CLUSTERS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, network, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import behind_gateway, gateway_proxy
from kubectl_mcdiag.mesh.networks.gateways import gateways_into
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.connections import has_failed
from kubectl_mcdiag.mesh.view import View

KINDS = "peerauthentications.security.istio.io,destinationrules.networking.istio.io"
ADVICE = (
    "Ask the owner of {service} to let its pods accept mutual TLS: a PeerAuthentication that"
    " disables it, or a DestinationRule that sets another TLS mode, leaves the gateway without endpoints."
    " `istioctl proxy-config endpoints` of the gateway then lists them."
)
UNTRIED = "no connection from {source} to {destination} failed, so no gateway was looked into"


def with_failures(view: View, pair: Pair) -> str:
    """Keep the rule to pairs on which some connection has failed."""
    failed = has_failed(view, pair.source, pair.destination)
    return "" if failed else UNTRIED.format(source=pair.source, destination=pair.destination)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway and service that other networks call, and behind which it has no endpoint."""
    for context, gateway in gateways_into(view, pair.destination):
        pod = gateway_proxy(view, context, gateway.full_name)
        if pod:
            yield from _empty(view, pair, context, pod)


def _empty(view: View, pair: Pair, context: str, pod: Pod) -> Iterator[Finding]:
    for service in crossing(view, pair.source, pair.destination):
        # A gateway may keep the cluster of a port that the Service had before.
        ports = {port.port for port in services(view, pair.destination)[service].ports}
        empty = [c for c in behind_gateway(view, context, pod, service) if not c.hosts and c.port in ports]
        if empty:
            yield _finding(view, pair, context, pod, service, empty[0])


def _finding(view: View, pair: Pair, context: str, pod: Pod, service: str, empty: EnvoyCluster) -> Finding:
    plane, namespace = control_planes(view, context)[0], service.partition(".")[2]
    policies = kubectl(view, plane, "-n", namespace, "get", KINDS, "-o", "yaml")
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), service, network(view, pair.destination)),
        say(
            "{context}'s gateway {pod} has no endpoint for calls to {service}",
            context=context,
            pod=pod.full_name,
            service=service,
        ),
        (asked(view, GATEWAY_CLUSTERS, context, pod.full_name, f"{empty.name}::(no endpoint)"),),
        (look(plane, policies, say("shows the policies that turn mutual TLS off")),),
        detail=say(
            "Pods of {service} are ready, but istiod gives the gateway no endpoint that does not accept mutual TLS, and"
            " the gateway resets the calls.",
            service=service,
        ),
        advice=say(ADVICE, service=service),
    )


CHECK = Check(
    "MC417",
    "the east-west gateway has endpoints for every service called through it",
    Unit.PAIR,
    run,
    guards=(across_networks, with_failures),
    symptom=Symptom.NOT_GIVEN,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F21",),
)

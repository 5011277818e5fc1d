"""The east-west gateway's Envoy has endpoints for every service that is called through it.

A call from another network names its service by SNI (`outbound_.5000_._.helloworld.sample.svc.cluster.local`), and the
gateway forwards it to an endpoint of that name. The gateway's own istiod drops endpoints that do not take mutual TLS:
pods without a sidecar, a PeerAuthentication of mode DISABLE, a DestinationRule with TLS other than ISTIO_MUTUAL. Where
none is left the gateway resets the connection, although clients were given its address.

The gateway is looked into only where some connection to it has failed.

To mend it: follow the root cause named above; if there is none, look at the policies about mutual TLS in the cluster of
the gateway.

Source: Istio 1.31 `pilot/pkg/xds/endpoints`; istio/istio#45010, #38704. Catalogue F21.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, kubectl
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import (
    GATEWAY_CLUSTERS,
)
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, network, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import behind_gateway, gateway_proxy
from kubectl_mcdiag.mesh.networks.gateways import entrances
from kubectl_mcdiag.mesh.services.endpoints import crossing, in_mesh
from kubectl_mcdiag.mesh.traffic.ways import has_failed
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context}'s gateway {pod} has no endpoint for calls to {service} ({sni}), though {count} of its pods are ready."
)
WHY = "shows the policies that turn mutual TLS off; the gateway drops endpoints that do not take it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each gateway and service that other networks call, and behind which it has no endpoint."""
    gateways = entrances(view, pair)
    if not has_failed(view, pair.source, pair.destination):
        raise NotApplicable(
            f"no connection from {pair.source} to {pair.destination} failed, so no gateway was looked into"
        )
    for context, gateway in gateways:
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
    kinds = "peerauthentications.security.istio.io,destinationrules.networking.istio.io"
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), service, network(view, pair.destination)),
        PROBLEM.format(
            context=context,
            pod=pod.full_name,
            service=service,
            sni=empty.name,
            count=len(in_mesh(view, pair.destination, service)),
        ),
        (asked(view, GATEWAY_CLUSTERS, context, pod.full_name, f"{empty.name}: no hosts"),),
        (Step(Kind.SAFE, kubectl(view, plane, "-n", namespace, "get", kinds, "-o", "yaml"), WHY),),
    )


CHECK = Check(
    "MC417",
    "the east-west gateway has endpoints for every service called through it",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_GIVEN,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F21",),
)

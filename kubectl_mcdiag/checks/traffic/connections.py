"""Connections to the east-west gateway of the other network succeed.

Envoy counts the connections that failed for every endpoint, a failed TLS handshake included. Old failures prove
nothing, so the counters are read twice, and only what happens in between is judged. How many connections the gateway
opened in that time tells where they end: none means that it is blocked, by a firewall, a security group, or a load
balancer that does not lead to it; some means that they pass the gateway and fail behind it, most often because client
and server do not trust each other.

Fix: if no root cause is named above, allow connections to the gateway's port between the clusters: firewall, routes,
load balancer.

Source: Istio, "Troubleshooting Multicluster"; Envoy cluster statistics `cx_connect_fail` and `cx_total`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.traffic.proof import failures_counted
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import arrived, gateway_proxy
from kubectl_mcdiag.mesh.networks.gateways import gateway_at
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.connections import failing_hosts, tried
from kubectl_mcdiag.mesh.view import View

COUNTED = "{failures} {failures:attempt|attempts} failed, {more} of {more} during this check"
CLOSED = "; the gateway {pod} opened none to {service}: they are blocked, or the path is too narrow for them (MTU)"
BEHIND = "; the gateway {pod} opened {count} to {service}: they pass the gateway and fail behind it"
ASK = (
    "Ask whoever runs the network to allow TCP from the nodes of {source} to {address}:"
    " firewall, security group, routes, load balancer. --probe verifies it."
)


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each sampled client whose connections to the destination's gateway fail now."""
    for service in crossing(view, pair.source, pair.destination):
        for before, after in failing_hosts(view, pair.source, client.full_name, service, pair.destination):
            yield _finding(view, pair, client.full_name, service, before, after)


def _finding(view: View, pair: Pair, client: str, service: str, before: Host, after: Host) -> Finding:
    address = f"{after.address}:{after.port}"
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", client),
        say(
            "The proxy of {client} in {source} cannot connect to {address}, the gateway to {service} in {destination}",
            client=client,
            source=pair.source,
            address=address,
            service=service,
            destination=pair.destination,
        ),
        (failures_counted(view, pair.source, client, after),),
        detail=_detail(view, pair, service, before, after),
        advice=say(ASK, source=pair.source, address=address),
    )


def _detail(view: View, pair: Pair, service: str, before: Host, after: Host) -> Message:
    failures, more = after.connect_failures, tried(before, after)
    found = gateway_at(view, network(view, pair.destination), after.address)
    pod = found and gateway_proxy(view, found[0], found[1].full_name)
    if not found or not pod:
        return say(COUNTED + ".", failures=failures, more=more)
    count = arrived(view, found[0], pod.full_name, service)
    text = BEHIND if count else CLOSED
    return say(COUNTED + text + ".", failures=failures, more=more, pod=pod.full_name, service=service, count=count)


CHECK = Check(
    "MC601",
    "connections to the gateways of other networks succeed",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    symptom=Symptom.NO_CONNECTION,
    rows=("F13",),
    guide="T1",
)

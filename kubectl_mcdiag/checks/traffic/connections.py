"""Connections to the east-west gateway of the other network come about.

Envoy counts the connections that failed for every endpoint, a failed TLS handshake included. Old failures prove
nothing, so the counters are read twice; only what is tried meanwhile is judged. How many connections the gateway
opened in that time tells where they end: none means that the way to it is closed, by a firewall, a security group, or
a load balancer that does not lead to it; some means that they pass the gateway and fail behind it, most often because
client and server do not trust each other.

To mend it: if no root cause is named above, open the way to the gateway's port between the clusters: firewall, routes,
load balancer.

Source: Guide T1; Envoy cluster statistics `cx_connect_fail` and `cx_total`. Catalogue F13.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import failures_counted
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateway_proxies import arrived, gateway_proxy
from kubectl_mcdiag.mesh.networks.gateways import gateway_at
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.ways import failing_hosts, tried
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "The proxy of {client} in {source} cannot connect to {address}, its way to {service} in {destination}: {failures}"
    " attempts failed, and of the {more} made while this ran none got through{where}."
)
CLOSED = (
    ", and {pod}, the gateway there, opened none to {service}: the way to it is closed, or too narrow for whole packets"
    " (MTU)"
)
BEHIND = ", while {pod}, the gateway there, opened {count} to {service}: they pass the gateway and fail behind it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each sampled client whose connections to the destination's gateway fail now."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            for before, after in failing_hosts(view, pair.source, client.full_name, service, pair.destination):
                yield _finding(view, pair, client.full_name, service, before, after)


def _finding(view: View, pair: Pair, client: str, service: str, before: Host, after: Host) -> Finding:
    address = f"{after.address}:{after.port}"
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", client),
        PROBLEM.format(
            client=client,
            source=pair.source,
            address=address,
            service=service,
            destination=pair.destination,
            failures=after.connect_failures,
            more=tried(before, after),
            where=_where(view, pair, service, after.address),
        ),
        (failures_counted(view, pair.source, client, after),),
    )


def _where(view: View, pair: Pair, service: str, address: str) -> str:
    found = gateway_at(view, network(view, pair.destination), address)
    pod = found and gateway_proxy(view, found[0], found[1].full_name)
    if not found or not pod:
        return ""
    count = arrived(view, found[0], pod.full_name, service)
    return (BEHIND if count else CLOSED).format(pod=pod.full_name, count=count, service=service)


CHECK = Check(
    "MC601",
    "connections to the gateways of other networks come about",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_CONNECTION,
    rows=("F13",),
    guide="T1",
)

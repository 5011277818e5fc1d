"""Connections to pods of the other cluster succeed where both are on one network.

Clusters on one network call each other's pods by their own address. Envoy counts the connections that failed for every
endpoint; the counters are read twice, and only what happens in between is judged. Where none has ever succeeded,
nothing routes between the pods, and calling it one network is the fault; where some did, something in between blocks
them: a firewall, a security group, a NetworkPolicy.

Fix: allow or route connections between the pods; where that cannot be, give each cluster a network of its own and an
east-west gateway.

Source: Istio, "Troubleshooting Multicluster"; Envoy cluster statistics `cx_connect_fail` and `rq_success`;
istio/istio#42144.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.guards import on_one_network
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.traffic.proof import failures_counted
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.connections import answered_endpoints, failing_hosts, tried
from kubectl_mcdiag.mesh.view import View

COUNTED = "{failures} {failures:attempt|attempts} failed, {more} of {more} during this check. "
NEVER = (
    "No pod of {destination} has ever answered one of {source}: both are on {network}, but nothing routes between them."
)
CLOSED = "Calls to {worked} were answered before: there is a route between the pods, and something blocks it now."
ASK = (
    "Ask whoever runs the network to allow TCP from the pods of {source} to those of {destination}, here"
    " {address}: routes, firewall, security group, NetworkPolicy; --probe verifies it. Where that cannot be, give each"
    " cluster a network of its own and an east-west gateway."
)


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each sampled client whose connections to pods of the destination fail now."""
    for service in crossing(view, pair.source, pair.destination):
        for before, after in failing_hosts(view, pair.source, client.full_name, service, pair.destination):
            yield _finding(view, pair, client.full_name, service, before, after)


def _finding(view: View, pair: Pair, client: str, service: str, before: Host, after: Host) -> Finding:
    address = f"{after.address}:{after.port}"
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", client),
        say(
            "The proxy of {client} in {source} cannot connect to {address}, a pod of {service} in {destination}",
            client=client,
            source=pair.source,
            address=address,
            service=service,
            destination=pair.destination,
        ),
        (failures_counted(view, pair.source, client, after),),
        detail=_detail(view, pair, before, after),
        advice=say(ASK, source=pair.source, destination=pair.destination, address=address),
    )


def _detail(view: View, pair: Pair, before: Host, after: Host) -> Message:
    failures, more = after.connect_failures, tried(before, after)
    worked = answered_endpoints(view, pair.source, pair.destination)
    if worked:
        return say(COUNTED + CLOSED, failures=failures, more=more, worked=worked)
    here = network(view, pair.source) or "no network"
    ends = {"source": pair.source, "destination": pair.destination}
    return say(COUNTED + NEVER, failures=failures, more=more, network=here, **ends)


CHECK = Check(
    "MC625",
    "connections to pods of the other cluster succeed on one network",
    Unit.PAIR,
    run,
    guards=(on_one_network,),
    symptom=Symptom.NO_CONNECTION,
    rows=("E1", "E3"),
    guide="T1",
)

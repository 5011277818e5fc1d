"""Connections to pods of the other cluster come about where both are on one network.

Clusters on one network call each other's pods by their own address. Envoy counts the connections that failed for every
endpoint; the counters are read twice, and only what is tried meanwhile is judged. Where none has ever come about,
nothing routes between the pods, and calling it one network is the fault; where some did, something in between closes
the way: a firewall, a security group, a NetworkPolicy.

To mend it: open or route the way between the pods; where that cannot be, give each cluster a network of its own and an
east-west gateway.

Source: Guide T1; Envoy cluster statistics `cx_connect_fail` and `rq_success`; istio/istio#42144. Catalogue E1, E3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import failures_counted
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.ways import failing_hosts, tried, ways_that_worked
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "The proxy of {client} in {source} cannot connect to {address}, a pod of {service} in {destination}: {failures}"
    " attempts failed, and of the {more} made while this ran none got through. {why}"
)
NEVER = (
    "No pod of {destination} has ever answered one of {source}: both say {network}, but nothing routes between them."
)
CLOSED = "Calls got through to {worked}: there is a way between the pods, and something closes it."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each sampled client whose connections to pods of the destination fail now."""
    if crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on different networks")
    worked = ways_that_worked(view, pair.source, pair.destination)
    why = (CLOSED if worked else NEVER).format(
        worked=", ".join(worked[:3]),
        source=pair.source,
        destination=pair.destination,
        network=network(view, pair.source) or "no network",
    )
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            for before, after in failing_hosts(view, pair.source, client.full_name, service, pair.destination):
                yield _finding(view, pair, client.full_name, service, before, after, why)


def _finding(view: View, pair: Pair, client: str, service: str, before: Host, after: Host, why: str) -> Finding:
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", client),
        PROBLEM.format(
            client=client,
            source=pair.source,
            address=f"{after.address}:{after.port}",
            service=service,
            destination=pair.destination,
            failures=after.connect_failures,
            more=tried(before, after),
            why=why,
        ),
        (failures_counted(view, pair.source, client, after),),
    )


CHECK = Check(
    "MC625",
    "connections to pods of the other cluster come about on one network",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_CONNECTION,
    rows=("E1", "E3"),
    guide="T1",
)

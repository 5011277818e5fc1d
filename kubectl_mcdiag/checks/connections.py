"""Connections to the other cluster come about.

Envoy counts the connections that failed for every endpoint. Endpoints that are known and healthy, and to which
connections fail while none succeeds, mean that the way is closed: a firewall, a load balancer that does not forward
port 15443, a gateway that does not listen, or roots that differ. Old failures prove nothing, so the counters are
read twice; only a growing count is judged.

To mend it: if no root cause is named above, look between the clusters: firewall, routes, load balancer. A call from a
pod without a sidecar tells whether the way is closed for Istio alone.

Source: Guide T1; Envoy cluster statistic `cx_connect_fail`. Catalogue E1, F13.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import (
    CONFIG_MAPS,
    ENVOY_CLUSTERS,
    ENVOY_CLUSTERS_LATER,
    ISTIO_CONFIG,
    NETWORKZ,
    PODS,
    PROXY_ENDPOINTS,
    RESOURCES,
)
from kubectl_mcdiag.facts.endpoints import crossing, failing_hosts
from kubectl_mcdiag.facts.identity import clients, network
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Symptom, Unit
from kubectl_mcdiag.parsers.envoy_endpoints import Host
from kubectl_mcdiag.remedies import asked

PROBLEM = (
    "The proxy of {client} in {source} cannot connect to {address}, its way to {service} in {destination}: {failures}"
    " attempts failed, {more} of them while this ran."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each sampled client whose connections to the destination fail now."""
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
            more=after.connect_failures - before.connect_failures,
        ),
        (
            asked(
                view,
                ENVOY_CLUSTERS_LATER,
                pair.source,
                client,
                f"{address}::cx_connect_fail::{after.connect_failures}",
                f"{address}::rq_success::{after.successes}",
            ),
        ),
    )


CHECK = Check(
    "MC601",
    "connections to the other cluster come about",
    Unit.PAIR,
    run,
    (
        CONFIG_MAPS,
        ENVOY_CLUSTERS,
        ENVOY_CLUSTERS_LATER,
        ISTIO_CONFIG,
        NETWORKZ,
        PODS,
        PROXY_ENDPOINTS,
        RESOURCES,
    ),
    symptom=Symptom.NO_CONNECTION,
    rows=("E1", "F13"),
    guide="T1",
)

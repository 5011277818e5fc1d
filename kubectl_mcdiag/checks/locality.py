"""Calls are spread over clusters, not kept local by locality load balancing.

With `outlierDetection` in a DestinationRule (locality load balancing is on by default, `failover` and
`failoverPriority` refine it), with `trafficDistribution` on the Service or its annotation there or on the namespace,
or with `zoneAwareLbSetting` (1.31), Envoy calls the nearest endpoints and keeps the others for failover: they
stand at priority 1 or more. That is what somebody asked for, and it looks exactly like a broken mesh. Locality alone,
without one of these, changes nothing.

Nothing to mend: to spread calls, set `localityLbSetting.enabled: false` in that DestinationRule.

Source: Guide T2, which gives no command; istio/istio#39477, istio/istio#48084. Catalogue L1, L2, L3,
L7.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import (
    CONFIG_MAPS,
    ENVOY_CLUSTERS,
    ISTIO_CONFIG,
    NETWORKZ,
    PODS,
    PROXY_ENDPOINTS,
    RESOURCES,
)
from kubectl_mcdiag.facts.endpoints import clusters_of, crossing, given_by, hosts_in
from kubectl_mcdiag.facts.identity import clients
from kubectl_mcdiag.facts.locality import preference
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Evidence, Finding, Pair, Scope, Status, Unit
from kubectl_mcdiag.parsers.envoy_endpoints import EnvoyCluster, Host

PROBLEM = (
    "{service}: {source} calls {destination} only when its own endpoints fail (priority {priority}), because of"
    " {policy}."
)
UNNAMED = "a locality setting that was not found"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose endpoints in the destination are kept for failover."""
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            for cluster in clusters_of(view, pair.source, client.full_name, service):
                hosts = hosts_in(view, pair.source, cluster, service, pair.destination)
                if hosts and _are_spare(cluster, hosts):
                    yield _finding(view, pair, client.full_name, service, cluster, hosts)


def _are_spare(cluster: EnvoyCluster, hosts: tuple[Host, ...]) -> bool:
    first = min(host.priority for host in cluster.hosts)
    return all(host.priority > first for host in hosts)


def _finding(
    view: View, pair: Pair, client: str, service: str, cluster: EnvoyCluster, hosts: tuple[Host, ...]
) -> Finding:
    rows = [
        f"{host.address}:{host.port}  priority {host.priority}  {host.region}/{host.zone}" for host in cluster.hosts
    ]
    return Finding(
        Status.NOTE,
        Scope(clusters=(pair.source,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            source=pair.source,
            destination=pair.destination,
            priority=hosts[0].priority,
            policy=preference(view, pair.source, service) or UNNAMED,
        ),
        (Evidence(pair.source, str(given_by(view, pair.source, client)), "\n".join(rows)),),
    )


CHECK = Check(
    "MC610",
    "calls are not kept local by locality load balancing",
    Unit.PAIR,
    run,
    (
        CONFIG_MAPS,
        ENVOY_CLUSTERS,
        ISTIO_CONFIG,
        NETWORKZ,
        PODS,
        PROXY_ENDPOINTS,
        RESOURCES,
    ),
    rows=("L1", "L2", "L3", "L7"),
    guide="T2",
)

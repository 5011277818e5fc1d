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

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing, given_by
from kubectl_mcdiag.mesh.traffic.by_design import spares
from kubectl_mcdiag.mesh.traffic.locality import preference
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: {source} calls {destination} only when its own endpoints fail (priority {priority}), because of"
    " {policy}."
)
UNNAMED = "a locality setting that was not found"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose endpoints in the destination are kept for failover."""
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            for cluster, hosts in spares(view, pair.source, client.full_name, service, pair.destination):
                yield _finding(view, pair, client.full_name, service, cluster, hosts)


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
    rows=("L1", "L2", "L3", "L7"),
    guide="T2",
)

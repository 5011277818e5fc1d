"""Calls are spread over clusters, not kept local by locality load balancing.

With `outlierDetection` in a DestinationRule (locality load balancing is on by default, `failover` and
`failoverPriority` refine it), with `trafficDistribution` on the Service or its annotation there or on the namespace,
or with `zoneAwareLbSetting` (1.31), Envoy calls the nearest endpoints and keeps the others for failover: they get
priority 1 or higher. That is the intended effect, and looks exactly like a broken mesh. Locality alone, without one of
these, changes nothing.

Nothing to fix: to spread calls, set `localityLbSetting.enabled: false` in that DestinationRule.

Source: Istio, "Troubleshooting Multicluster", which gives no command; istio/istio#39477, istio/istio#48084.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import SHOWN, envoy_shown
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.traffic.kept_local import spares
from kubectl_mcdiag.mesh.traffic.locality import preference
from kubectl_mcdiag.mesh.view import View

UNNAMED = "a locality setting that was not found"


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a note for each service whose endpoints in the destination are kept for failover."""
    for service in crossing(view, pair.source, pair.destination):
        for cluster, hosts in spares(view, pair.source, client.full_name, service, pair.destination):
            yield _finding(view, pair, client, service, cluster, hosts)


def _finding(
    view: View, pair: Pair, client: Pod, service: str, cluster: EnvoyCluster, hosts: tuple[Host, ...]
) -> Finding:
    rows = [f"{cluster.name}::{host.address}:{host.port}::priority::{host.priority}" for host in cluster.hosts]
    return Finding(
        Status.NOTE,
        Scope(clusters=(pair.source,), pairs=(pair,), service=service),
        say(
            "{source} calls {service} in {destination} only when its own endpoints fail",
            service=service,
            source=pair.source,
            destination=pair.destination,
        ),
        (envoy_shown(view, pair.source, client, *rows[:SHOWN]),),
        detail=say(
            "Its endpoints there have priority {priority}, because of {policy}.",
            priority=hosts[0].priority,
            policy=preference(view, pair.source, service) or UNNAMED,
        ),
    )


CHECK = Check(
    "MC610",
    "calls are not kept local by locality load balancing",
    Unit.PAIR,
    run,
    rows=("L1", "L2", "L3", "L7"),
    guide="T2",
    keeps_local=True,
)

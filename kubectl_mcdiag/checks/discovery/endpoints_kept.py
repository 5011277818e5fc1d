"""istiod holds no endpoints of a cluster that it no longer reads.

When a secret is replaced while its cluster does not answer, and later deleted, istiod can forget the cluster and keep
its endpoints. Calls go on to what was there, and nothing that changes in that cluster is seen until istiod restarts.
istiod's own cluster has no row before Istio 1.22, and needs none.

Fix: restart istiod.

Source: istio/istio#60612, istio/istio#61043; seen on Istio 1.31: no row in `istioctl remote-clusters`, and a shard in
`/debug/endpointShardz`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import rows_shown
from kubectl_mcdiag.checks.fixes import restart_istiod
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.evidence.commands import CLUSTERZ, ENDPOINT_SHARDS
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{plane}'s istiod no longer reads {context} and still serves its old endpoints"
DETAIL = (
    "{pod} does not know {name} any more and holds {count} {count:endpoint|endpoints} of it. Calls fail"
    " as soon as those pods change, or istiod restarts without a working remote secret."
)
WHY = say("makes istiod drop the endpoints that it no longer reads")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for each istiod pod with endpoints of the destination and no row for it."""
    name = cluster_id(view, pair.destination)
    for plane in control_planes(view, pair.source):
        if name == cluster_id(view, plane):
            continue
        for pod in read_deeply(view, plane):
            known = {row.id for row in view.read(CLUSTERZ, plane, pod.full_name)}
            shards = [s for s in view.read(ENDPOINT_SHARDS, plane, pod.full_name) if s.cluster == name]
            count = sum(len(shard.endpoints) for shard in shards)
            if name not in known and count:
                yield _finding(view, pair, plane, pod, name, count)


def _finding(view: View, pair: Pair, plane: str, pod: Pod, name: str, count: int) -> Finding:
    return Finding(
        Status.WARN,
        Scope(clusters=(plane,), pairs=(pair,), istiod=pod.name),
        say(PROBLEM, plane=plane, context=pair.destination),
        (
            rows_shown(view, plane, pod.full_name, name),
            asked(view, ENDPOINT_SHARDS, plane, pod.full_name, f"Kubernetes/{name}: {count} endpoints"),
        ),
        restart_istiod(view, plane, WHY),
        say(DETAIL, pod=pod.name, name=name, count=count),
    )


CHECK = Check(
    "MC323",
    "istiod holds no endpoints of a cluster that it no longer reads",
    Unit.PAIR,
    run,
    caused_by=("MC313",),
    rows=("B18",),
    guide="T4a",
)

"""Clusters that istiod knows by another name, while proxies go on by what they were given."""

from dataclasses import replace

from kubectl_mcdiag.checks.remote_clusters import proxy_cluster
from kubectl_mcdiag.evidence.commands import PODS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh


def all_ready(snap: Snapshot, context: str) -> Snapshot:
    return changed(snap, PODS, context, each(lambda pod: replace(pod, ready=True) if pod.phase == "Running" else pod))


def test_ready_proxies_of_an_unknown_cluster_are_a_warning() -> None:
    refused = mesh("cluster-unknown")
    (context,) = (one for one in refused.contexts if list(proxy_cluster.run(View(refused), one)))
    told = [next(iter(proxy_cluster.run(View(snap), context))) for snap in (refused, all_ready(refused, context))]

    assert [found.status for found in told] == [Status.FAIL, Status.WARN]
    assert "Until the present certificate runs out" in str(told[1].detail)

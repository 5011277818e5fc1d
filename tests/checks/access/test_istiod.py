"""Clusters without an istiod: what still works, and what does not."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.checks.access import istiod_running
from kubectl_mcdiag.evidence.commands import PODS, PROXY_ENDPOINTS
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh

DOWN = mesh("istiod-down")


def waiting(pod: Any) -> Any:
    return replace(pod, ready=False) if pod.labels.get("app") == "helloworld" else pod


def without_gateway(cluster: Any) -> Any:
    return replace(cluster, hosts=tuple(host for host in cluster.hosts if not host.address.startswith("172.")))


def test_istiod_that_is_gone_is_a_warning_as_long_as_proxies_do_their_work() -> None:
    snaps = (
        DOWN,
        changed(DOWN, PODS, "cluster1", each(waiting)),
        changed(DOWN, PROXY_ENDPOINTS, "cluster1", each(without_gateway)),
    )
    told = [next(iter(istiod_running.run(View(snap), "cluster1"))) for snap in snaps]

    assert [found.status for found in told] == [Status.WARN, Status.FAIL, Status.FAIL]
    assert ["Calls still work" in str(found.detail) for found in told] == [True, False, False]

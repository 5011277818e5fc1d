"""Failures of TCP connections, which no open connection tells to be over."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.connection import answers_others
from kubectl_mcdiag.path.trace import paths
from tests.edits import changed, mesh
from tests.path.test_hops import HOST, PAIR

LEDGER = {"connect_failures": 16, "connections": 115, "requests": 99, "active": 0, "successes": 0, "errors": 0}
RECOVERED = {"connect_failures": 13, "active": 5, "successes": 54}


def counted(own: dict[str, int], others: dict[str, int]) -> Snapshot:
    """Return a mesh of one network with these counters of helloworld's endpoints, and of all others."""

    def cluster(one: EnvoyCluster) -> EnvoyCluster:
        counters = own if one.host == HOST else others
        return replace(one, hosts=tuple(replace(host, **counters) for host in one.hosts))

    def all_of(found: tuple[EnvoyCluster, ...] | None) -> tuple[EnvoyCluster, ...] | None:
        return found and tuple(map(cluster, found))

    snap = changed(mesh("healthy-one-network"), PROXY_ENDPOINTS, "cluster1", all_of)
    return changed(snap, ENVOY_CLUSTERS_LATER, "cluster1", all_of)


@pytest.mark.parametrize(
    ("own", "others", "is_over"),
    [
        (LEDGER, RECOVERED, True),
        (LEDGER, {**RECOVERED, "active": 0}, False),
        (LEDGER, {**RECOVERED, "connect_failures": 0}, False),
        ({**LEDGER, "errors": 4}, RECOVERED, False),
        ({**LEDGER, "requests": 0}, RECOVERED, False),
    ],
)
def test_connections_failed_before_other_pods_answered_again(
    own: dict[str, int], others: dict[str, int], is_over: bool
) -> None:
    view = View(counted(own, others))
    call = next(path.call for path in paths(view, PAIR) if path.call.service == "helloworld.sample")

    assert answers_others(view, call) == is_over

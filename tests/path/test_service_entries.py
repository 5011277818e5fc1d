"""A ServiceEntry that takes the host of a service is named where the client has no endpoint for it."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.checks.path import endpoints
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import ServiceEntry
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh

PAIR = Pair("cluster1", "cluster2")
HOST = "helloworld.sample.svc.cluster.local"
ENTRY = ServiceEntry("hello", "sample", (HOST,), (5000,), (), (), {})


def taken(*entries: ServiceEntry) -> Snapshot:
    def local(cluster: Any) -> Any:
        hosts = tuple(host for host in cluster.hosts if not host.address.startswith("172."))
        return replace(cluster, hosts=hosts) if cluster.host == HOST else cluster

    snap = changed(mesh("healthy-multi-network"), PROXY_ENDPOINTS, "cluster1", each(local))
    return changed(snap, ISTIO_CONFIG, "cluster1", lambda found: replace(found, service_entries=entries))


def advice(snap: Snapshot) -> list[str]:
    found = endpoints.run(View(snap), PAIR)
    return [str(one.advice) for one in found if getattr(one, "advice", None) is not None]


def test_entry_that_takes_the_host_is_named() -> None:
    (said,) = advice(taken(ENTRY))

    assert said.startswith("ServiceEntry hello.sample in cluster1 takes the host of helloworld.sample.")


def test_nothing_is_named_where_none_does() -> None:
    assert "ServiceEntry" not in advice(taken())[0]
    assert "ServiceEntry" not in advice(taken(replace(ENTRY, hosts=("other.example.com",))))[0]

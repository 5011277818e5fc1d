"""Which of two clusters is at fault: by who serves, and by where a namespace injects."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.checks.services import pods_injected, ports_agree, service_present
from kubectl_mcdiag.evidence.commands import PODS, PROXY_ENDPOINTS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

PAIR = Pair("cluster1", "cluster2")
HEALTHY = mesh("healthy-multi-network")


def emptied(slices: Any) -> Any:
    return replace(slices, endpoints=()) if slices.service == "helloworld" else slices


def test_ports_are_those_of_the_cluster_that_serves() -> None:
    differ = mesh("ports-differ")
    alone = changed(differ, RESOURCES, "cluster1", each(emptied, "endpoint_slices"))

    odd = [next(iter(ports_agree.run(View(snap), PAIR))).fix[0].context for snap in (differ, alone)]

    assert odd == ["cluster2", "cluster1"]


def bare(namespace_labels: dict[str, str], **fields: Any) -> Snapshot:
    """Return the mesh in which the client of cluster1 has no sidecar."""

    def pod(found: Any) -> Any:
        is_client = (found.namespace, found.labels.get("app")) == ("sample", "curl")
        return replace(found, containers=("curl",), init_containers=(), **fields) if is_client else found

    snap = changed(HEALTHY, PODS, "cluster1", each(pod))
    return changed(snap, RESOURCES, "cluster1", each(only("sample", labels=namespace_labels), "namespaces"))


def test_client_of_a_namespace_that_injects_in_the_other_cluster_alone_is_a_failure() -> None:
    (found,) = pods_injected.run(View(bare({})), "cluster1")

    assert found.status is Status.FAIL
    assert "its namespace injects in cluster2, and not in cluster1" in found.text
    assert found.fix[0].command == "kubectl --context cluster1 label namespace sample istio-injection=enabled"
    assert " rollout restart " in found.fix[1].command


def test_namespace_that_says_that_it_does_not_inject_is_left_alone() -> None:
    assert list(pods_injected.run(View(bare({"istio-injection": "disabled"})), "cluster1")) == []


def test_workload_that_asks_for_no_sidecar_in_one_cluster_alone_is_a_warning() -> None:
    def labels(found: Any) -> Any:
        own = {**found.labels, "app": "worker"}
        return replace(found, labels=own) if found.labels.get("app") == "curl" else found

    snap = bare({"istio-injection": "enabled"}, inject="false")
    both = changed(changed(snap, PODS, "cluster1", each(labels)), PODS, "cluster2", each(labels))
    (found,) = pods_injected.run(View(both), "cluster1")

    assert (found.status, found.fix) == (Status.WARN, ())
    assert "asks for no sidecar, and the same workload has one in cluster2" in found.text


def test_client_that_asks_for_no_sidecar_is_a_warning() -> None:
    (found,) = pods_injected.run(View(bare({"istio-injection": "enabled"}, inject="false")), "cluster1")

    assert (found.status, found.fix) == (Status.WARN, ())
    assert "asks for no sidecar, although it is there to call others" in found.text


def gone(**counters: int) -> Snapshot:
    """Return the mesh in which cluster1 has neither Service nor pods of helloworld, and its client's counters."""
    snap = changed(
        HEALTHY,
        RESOURCES,
        "cluster1",
        lambda found: replace(found, services=tuple(s for s in found.services if s.name != "helloworld")),
    )
    snap = changed(snap, PODS, "cluster1", lambda pods: tuple(p for p in pods if p.labels.get("app") != "helloworld"))

    def counted(cluster: Any) -> Any:
        return replace(cluster, hosts=tuple(replace(host, **counters) for host in cluster.hosts))

    return changed(snap, PROXY_ENDPOINTS, "cluster1", each(counted))


def test_service_that_a_client_has_called_and_cannot_resolve_now_is_a_failure() -> None:
    told = [list(service_present.run(View(gone(requests=number)), PAIR)) for number in (4, 0)]

    assert [[(found.status, found.scope.service) for found in each] for each in told] == [
        [(Status.FAIL, "helloworld.sample")],
        [],
    ]


def test_client_whose_proxy_answers_dns_needs_no_service() -> None:
    capturing = {"ISTIO_META_DNS_CAPTURE": "true"}
    asked = changed(gone(requests=4), PODS, "cluster1", each(lambda pod: replace(pod, environment=capturing)))

    assert list(service_present.run(View(asked), PAIR)) == []

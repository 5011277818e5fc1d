"""Networks that labels do not name: declared by meshNetworks, a second one of a cluster, the namespace's alone."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.networks import gateway_label, gateway_present, system_network, workload_network
from kubectl_mcdiag.evidence.commands import NETWORKZ, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.access.identity import NETWORK
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh

DECLARED, DUAL, HEALTHY = mesh("healthy-mesh-networks"), mesh("healthy-dual-network"), mesh("healthy-multi-network")
PAIR = Pair("cluster1", "cluster2")


def test_gateway_that_istiod_has_not_taken_from_mesh_networks_needs_its_label() -> None:
    unread = changed(DECLARED, NETWORKZ, "cluster1", lambda rows: rows[:1])

    assert list(gateway_label.run(View(DECLARED), PAIR)) == []
    assert len(list(gateway_label.run(View(unread), PAIR))) == 1


def test_declared_gateway_that_stands_elsewhere_is_none_that_is_missing() -> None:
    """Its address may be that of a load balancer which no Service of the cluster publishes."""

    def without_gateway(told: Any) -> Any:
        return replace(told, services=tuple(one for one in told.services if "eastwest" not in one.name))

    assert list(gateway_present.run(View(changed(DECLARED, RESOURCES, "cluster2", without_gateway)), PAIR)) == []


def test_namespace_needs_no_label_for_those_whose_mesh_networks_has_the_cluster() -> None:
    assert list(system_network.run(View(DECLARED), "cluster2")) == []
    assert list(system_network.run(View(HEALTHY), "cluster2")) == []


def with_labels(snap: Snapshot, network: str | None, claimed: str, app: str = "curl") -> list[Finding]:
    """Return what is said where pods of cluster2 have another label, or none, and another network claimed."""

    def edited(pod: Any) -> Any:
        if pod.labels.get("app") != app or not pod.is_injected:
            return pod
        labels = {key: value for key, value in pod.labels.items() if key != NETWORK}
        labels |= {NETWORK: network} if network else {}
        return replace(pod, labels=labels, environment={**pod.environment, "ISTIO_META_NETWORK": claimed})

    return list(workload_network.run(View(changed(snap, PODS, "cluster2", each(edited))), "cluster2"))


def test_pod_without_a_label_is_on_the_network_of_the_namespace() -> None:
    assert with_labels(HEALTHY, None, "network2") == []


def test_proxy_without_a_network_takes_every_endpoint_for_a_near_one() -> None:
    (finding,) = with_labels(HEALTHY, None, "")

    assert finding.scope.pairs == (Pair("cluster2", "cluster1"),)


def test_calls_of_a_server_that_is_no_client_are_not_said_to_fail() -> None:
    (served,) = with_labels(HEALTHY, "network1", "network1", "helloworld")
    labelled, claimed = with_labels(HEALTHY, "network1", "network9", "helloworld")

    assert served.scope.pairs == labelled.scope.pairs == (Pair("cluster1", "cluster2"),)
    assert (labelled.status, claimed.status) == (Status.FAIL, Status.WARN)
    assert claimed.scope.pairs == (Pair("cluster2", "cluster1"),)


def test_second_network_of_a_cluster_needs_a_gateway_there() -> None:
    assert with_labels(DUAL, "network-apart", "network-apart") == []
    assert with_labels(HEALTHY, "network1", "network1")

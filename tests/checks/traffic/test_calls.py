"""Calls that fail, and those that are meant to stay, in ways that no recording has."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.traffic import cluster_local, connections, gateways_alike, locality_weights, node_local
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER, PROXY_ENDPOINTS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

PAIR = Pair("cluster1", "cluster2")


def emptied(slices: Any) -> Any:
    return replace(slices, endpoints=()) if slices.service == "helloworld" else slices


def test_weights_that_leave_out_the_only_ready_cluster_are_a_failure() -> None:
    whole = mesh("locality-distribute")
    alone = changed(whole, RESOURCES, "cluster1", each(emptied, "endpoint_slices"))
    nobody = changed(alone, RESOURCES, "cluster2", each(emptied, "endpoint_slices"))

    told = [next(iter(locality_weights.run(View(snap), PAIR))) for snap in (whole, alone, nobody)]

    assert [found.status for found in told] == [Status.NOTE, Status.FAIL, Status.NOTE]
    assert "or use failover in place of distribute" in str(told[1].advice)


def test_connections_of_subsets_count() -> None:
    def as_subset(cluster: Any) -> Any:
        return replace(cluster, subset="v2", name=cluster.name.replace("||", "|v2|"))

    blocked = mesh("base-gateway-port-blocked")
    pinned = changed(blocked, PROXY_ENDPOINTS, "cluster1", each(as_subset))
    pinned = changed(pinned, ENVOY_CLUSTERS_LATER, "cluster1", each(as_subset))

    assert [str(found.problem) for found in connections.run(View(pinned), PAIR)] == [
        str(found.problem) for found in connections.run(View(blocked), PAIR)
    ]


def test_gateway_that_owns_the_address_that_answers_keeps_its_label() -> None:
    two = mesh("gateway-second-dead")
    (found,) = gateways_alike.run(View(two), PAIR)
    assert len(found.fix) == 1

    addresses = ("172.31.0.61", "172.31.0.68")
    owner = changed(two, RESOURCES, "cluster2", each(only("istio-eastwestgateway", ingress=addresses), "services"))
    owner = changed(
        owner, RESOURCES, "cluster2", each(only("second-eastwestgateway", ingress=(), external_ips=()), "services")
    )
    (both,) = gateways_alike.run(View(owner), PAIR)

    assert both.fix == ()
    assert "both addresses, so leave its labels" in str(both.advice)


def test_dead_gateway_of_mesh_networks_is_taken_out_there() -> None:
    two = mesh("gateway-second-dead")
    unowned = changed(
        two, RESOURCES, "cluster2", each(only("second-eastwestgateway", ingress=(), external_ips=()), "services")
    )
    (found,) = gateways_alike.run(View(unowned), PAIR)

    assert found.fix == ()
    assert "out of meshNetworks in the mesh configuration" in str(found.advice)


def kept(snap: Snapshot) -> Snapshot:
    """Return the mesh in which helloworld has no ready endpoint in cluster1."""
    return changed(snap, RESOURCES, "cluster1", each(emptied, "endpoint_slices"))


@pytest.mark.parametrize(("name", "rule"), [("cluster-local", cluster_local), ("node-local", node_local)])
def test_service_kept_where_nobody_answers_is_a_failure(name: str, rule: Any) -> None:
    told = [
        next(found for found in rule.run(View(snap), PAIR) if found.scope.service == "helloworld.sample")
        for snap in (mesh(name), kept(mesh(name)))
    ]

    assert [found.status for found in told] == [Status.NOTE, Status.FAIL]
    assert "so that all calls there fail" in str(told[1].detail)


def test_service_kept_on_its_node_is_opened_by_a_patch() -> None:
    (found,) = node_local.run(View(kept(mesh("node-local"))), PAIR)

    assert "internalTrafficPolicy" in found.fix[0].command

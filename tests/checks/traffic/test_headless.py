"""Headless services: they stay where they are called, and fail where they have no pod there."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.traffic import headless_across_networks
from kubectl_mcdiag.evidence.commands import PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

PAIR = Pair("cluster1", "cluster2")


def headless(name: str) -> Snapshot:
    snap = mesh(name)
    for context in ("cluster1", "cluster2"):
        snap = changed(snap, RESOURCES, context, each(only("helloworld", cluster_ip="None"), "services"))
    return snap


def without_pods(snap: Snapshot) -> Snapshot:
    def emptied(found: Any) -> Any:
        return replace(found, endpoints=()) if found.service == "helloworld" else found

    return changed(snap, RESOURCES, "cluster1", each(emptied, "endpoint_slices"))


def capturing(snap: Snapshot) -> Snapshot:
    environment = {"ISTIO_META_DNS_CAPTURE": "true"}
    return changed(snap, PODS, "cluster1", each(lambda pod: replace(pod, environment=pod.environment | environment)))


def told(snap: Snapshot) -> list[tuple[Status, str]]:
    return [(found.status, str(found.advice)) for found in headless_across_networks.run(View(snap), PAIR)]


@pytest.mark.parametrize("name", ["healthy-multi-network", "healthy-one-network"])
def test_headless_service_stays_where_it_is_called(name: str) -> None:
    ((status, advice),) = told(headless(name))

    assert (status, advice) == (Status.NOTE, "")


@pytest.mark.parametrize(
    ("name", "advised"), [("healthy-multi-network", "crosses networks"), ("healthy-one-network", "DNS_CAPTURE")]
)
def test_headless_service_without_pods_of_the_callers_cluster_fails(name: str, advised: str) -> None:
    ((status, advice),) = told(without_pods(headless(name)))

    assert status is Status.FAIL
    assert advised in advice


def test_proxies_that_answer_dns_give_pods_of_the_same_network_and_of_no_other() -> None:
    assert told(capturing(without_pods(headless("healthy-one-network")))) == []
    assert [status for status, _ in told(capturing(without_pods(headless("healthy-multi-network"))))] == [Status.FAIL]

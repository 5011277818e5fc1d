"""Ambient meshes that no recording has: gateways that ztunnels cannot use, remotes, and sidecars beside ztunnels."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.ambient import ambient_gateway, ambient_shape, ambient_sidecars, ambient_takes_endpoints
from kubectl_mcdiag.checks.contract import Kind
from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.evidence.commands import GATEWAY_API, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, changed, each, mesh, more

WHOLE = mesh("ambient-whole")
BESIDE = mesh("ambient-beside-sidecars")
TAKES = mesh("ambient-takes-remote-endpoints")
PAIR = Pair("cluster1", "cluster2")
NETWORK = "topology.istio.io/network"


def with_gateways(change: Change) -> View:
    return View(changed(WHOLE, GATEWAY_API, "cluster2", change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: (), "cluster2 has no Gateway of class istio-east-west"),
        (
            each(lambda gateway: replace(gateway, labels={})),
            "its label topology.istio.io/network is missing and the network is network2",
        ),
        (
            each(lambda gateway: replace(gateway, labels={NETWORK: "network9"})),
            "its label topology.istio.io/network is network9 and the network is network2",
        ),
        (each(lambda gateway: replace(gateway, addresses=())), "it has no address"),
    ],
)
def test_gateway_that_ztunnels_cannot_use_is_a_failure(change: Change, words: str) -> None:
    (found,) = ambient_gateway.run(with_gateways(change), PAIR)

    assert found.status is Status.FAIL
    assert words in found.problem


def without_istiod(snap: Snapshot, context: str) -> Snapshot:
    """Return the mesh in which another cluster's istiod serves this one."""

    def bare(service: Service) -> Service:
        return replace(service, selector={}) if service.name.startswith("istiod") else service

    others = changed(snap, PODS, context, lambda pods: tuple(pod for pod in pods if pod.labels.get("app") != "istiod"))
    return changed(others, RESOURCES, context, each(bare, "services"))


def test_ambient_remote_is_a_warning() -> None:
    assert list(ambient_shape.run(View(WHOLE), PAIR)) == []
    (found,) = ambient_shape.run(View(without_istiod(WHOLE, "cluster2")), PAIR)

    assert found.status is Status.WARN
    assert "cluster2 has ambient workloads and is remote of cluster1" in found.problem


def test_network_that_sidecars_can_enter_as_well_is_all_right() -> None:
    assert len(list(ambient_sidecars.run(View(BESIDE), PAIR))) == 1

    gateway = next(s for s in sidecar_gateways(mesh("healthy-multi-network")) if NETWORK in s.labels)
    both = changed(BESIDE, RESOURCES, "cluster2", more(gateway, part="services"))
    assert list(ambient_sidecars.run(View(both), PAIR)) == []


def sidecar_gateways(snap: Snapshot) -> tuple[Service, ...]:
    found: Any = snap.observations[(RESOURCES.key, "cluster2", "")].value
    return tuple(found.services)


def test_services_are_made_global_where_ztunnels_need_the_switch() -> None:
    (first, *_) = ambient_takes_endpoints.run(View(TAKES), PAIR)
    assert {step.kind for step in first.fix} == {Kind.DISRUPTIVE}

    pods = TAKES.observations[(PODS.key, "cluster1", "")].value
    ztunnel = replace(pods[0], name="ztunnel-x2k7p", labels={"app": "ztunnel"})
    tunnelled = changed(TAKES, PODS, "cluster1", lambda found: (*found, ztunnel))
    (found, *_) = ambient_takes_endpoints.run(View(tunnelled), PAIR)

    assert {mark for step in found.fix for mark in step.marks} == {Mark.DISRUPTIVE}
    assert [step.command.endswith(" istio.io/global=true") for step in found.fix] == [True] * len(found.fix)

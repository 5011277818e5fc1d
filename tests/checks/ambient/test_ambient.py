"""Ambient meshes that no recording has: gateways that ztunnels cannot use, remotes, and sidecars beside ztunnels."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.ambient import (
    ambient_gateway,
    ambient_shape,
    ambient_sidecars,
    ambient_switch,
    ambient_takes_endpoints,
    ambient_waypoint,
)
from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, GATEWAY_API, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
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
            "Its label topology.istio.io/network is missing, and the network is network2",
        ),
        (
            each(lambda gateway: replace(gateway, labels={NETWORK: "network9"})),
            "Its label topology.istio.io/network is network9, and the network is network2",
        ),
        (each(lambda gateway: replace(gateway, addresses=())), "It has no address"),
    ],
)
def test_gateway_that_ztunnels_cannot_use_is_a_failure(change: Change, words: str) -> None:
    (found,) = ambient_gateway.run(with_gateways(change), PAIR)

    assert found.status is Status.FAIL
    assert words in found.text
    assert bool(found.fix) != bool(found.advice)


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
    assert "cluster2 has ambient workloads and is remote of cluster1" in str(found.problem)


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
    assert [step.marks for step in first.fix] == [{Mark.DISRUPTIVE}, frozenset()]

    pods = TAKES.observations[(PODS.key, "cluster1", "")].value
    ztunnel = replace(pods[0], name="ztunnel-x2k7p", labels={"app": "ztunnel"})
    tunnelled = changed(TAKES, PODS, "cluster1", lambda found: (*found, ztunnel))
    (found, *_) = ambient_takes_endpoints.run(View(tunnelled), PAIR)

    assert {mark for step in found.fix for mark in step.marks} == {Mark.DISRUPTIVE}
    assert [step.command.endswith(" istio.io/global=true") for step in found.fix] == [True] * len(found.fix)


def labelled(label: str, value: str) -> Change:
    return each(lambda service: replace(service, labels={**service.labels, label: value}), "services")


def test_services_that_are_labelled_already_need_an_entry_in_the_mesh_configuration() -> None:
    pods = TAKES.observations[(PODS.key, "cluster1", "")].value
    ztunnel = replace(pods[0], name="ztunnel-x2k7p", labels={"app": "ztunnel"})
    found = changed(TAKES, PODS, "cluster1", lambda told: (*told, ztunnel))
    for context in ("cluster1", "cluster2"):
        found = changed(found, RESOURCES, context, labelled("istio.io/global", "true"))
    bare = changed(found, CONFIG_MAPS, "cluster1", each(without_scopes))
    (one, *_) = ambient_takes_endpoints.run(View(bare), PAIR)

    assert one.fix == ()
    assert "no entry of `meshConfig.serviceScopeConfigs` of cluster1" in str(one.advice)


def without_scopes(told: ConfigMap) -> ConfigMap:
    if told.name != "istio":
        return told
    return replace(told, data={**told.data, "mesh": told.data["mesh"].replace("serviceScopeConfigs", "others")})


def test_switch_is_not_set_where_sidecars_would_lose_endpoints() -> None:
    off = changed(TAKES, PODS, "cluster1", each(lambda pod: replace(pod, environment={})))
    (found,) = ambient_switch.run(View(off), PAIR)

    assert found.fix == ()
    assert "call curl.sample and helloworld.sample in other clusters and would lose those endpoints" in str(
        found.advice
    )


def test_gateway_is_for_the_revision_of_istiod() -> None:
    def canary(pod: Pod) -> Pod:
        labels = {**pod.labels, "istio.io/rev": "canary"}
        return replace(pod, labels=labels) if pod.labels.get("app") == "istiod" else pod

    bare = changed(changed(WHOLE, GATEWAY_API, "cluster2", lambda _: ()), PODS, "cluster2", each(canary))
    (found,) = ambient_gateway.run(View(bare), PAIR)

    assert '"istio.io/rev": "canary"' in str(found.fix[0].shell)
    assert found.fix[0].marks == {Mark.WIDENS}


WAYPOINT = mesh("ambient-waypoint")


def test_waypoint_that_is_deployed_is_named() -> None:
    gateway = WHOLE.observations[(GATEWAY_API.key, "cluster2", "")].value[0]
    waypoint = replace(
        gateway, name="waypoint", namespace="sample", class_name="istio-waypoint", labels={}, listeners=()
    )
    there = changed(WAYPOINT, GATEWAY_API, "cluster2", lambda told: (*told, waypoint))
    (found, *_) = ambient_waypoint.run(View(there), PAIR)

    assert [step.marks for step in found.fix] == [{Mark.DISRUPTIVE}]
    assert not found.advice


def test_choice_between_two_waypoints_is_the_operators() -> None:
    two = changed(WAYPOINT, RESOURCES, "cluster2", labelled("istio.io/use-waypoint", "other"))
    found = [one for one in ambient_waypoint.run(View(two), PAIR) if one.scope.service == "helloworld.sample"]

    assert [one.fix for one in found] == [()]
    assert "Decide which waypoint has the policies of helloworld.sample" in str(found[0].advice)

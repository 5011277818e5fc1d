"""Services that differ between clusters in ways that no recording has."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.discovery import discovery_selectors
from kubectl_mcdiag.checks.services import endpoints_ready, namespace_sameness, ports_agree, target_ports
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.checks.traffic import cluster_local_by_nature
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, PODS, PROXY_ENDPOINTS, RESOURCES, WORKLOADS
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import ServicePort
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, beside_a_third, changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
ONE, NAME = "cluster1", "helloworld.sample"
PAIR = Pair(ONE, "cluster2")
METRICS = ServicePort("metrics", 9090, "TCP", "9090", "")


def test_single_port_that_the_other_side_lacks_is_a_warning() -> None:
    def extended(service: Any) -> Any:
        return replace(service, ports=(*service.ports, METRICS)) if service.name == "helloworld" else service

    (found,) = ports_agree.run(View(changed(HEALTHY, RESOURCES, "cluster1", each(extended, "services"))), PAIR)

    assert found.status is Status.WARN
    assert "Port metrics 9090/TCP of helloworld.sample is in" in found.text


def test_service_that_nothing_runs_in_one_cluster_is_no_fault() -> None:
    down = mesh("endpoints-down")
    pair = Pair("cluster2", "cluster1")

    assert len(list(endpoints_ready.run(View(down), pair))) == 1
    assert list(endpoints_ready.run(View(changed(down, WORKLOADS, "cluster1", lambda _: ())), pair)) == []


def test_services_with_other_ports_are_no_look_alikes() -> None:
    alike = mesh("namespaces-differ")
    assert len(list(namespace_sameness.run(View(alike), PAIR))) == 1

    other = changed(alike, RESOURCES, "cluster2", each(only("helloworld", ports=(METRICS,)), "services"))
    assert list(namespace_sameness.run(View(other), PAIR)) == []


def test_named_service_that_leaves_its_cluster_is_not_noted() -> None:
    named = replace(HEALTHY, settings=replace(HEALTHY.settings, services=("helloworld.sample",)))

    assert list(cluster_local_by_nature.run(View(named), PAIR)) == []


def selecting(selectors: str, **labels: str) -> View:
    """Return a mesh with these selectors in cluster1, and with these labels at the namespace of cluster2."""
    config = {"mesh": f"discoverySelectors: {selectors}"}
    selective = changed(HEALTHY, CONFIG_MAPS, "cluster1", each(only("istio", data=config)))
    return View(changed(selective, RESOURCES, "cluster2", each(only("sample", labels=labels), "namespaces")))


def set_by(step: Step) -> dict[str, str | None]:
    """Return the labels that a step sets, None for one that it takes out; a patch has tested each that was there."""
    *_, last = map(str, step.shell.pipeline[0])
    if "label" in step.shell.pipeline[0]:
        return dict([last.split("=")])
    operations = json.loads(last)
    assert operations[0]["op"] == "test"
    return {one["path"].rpartition("/")[2]: one.get("value") for one in operations if one["op"] != "test"}


INJECTED = {"istio-injection": "enabled"}
NOT_HIDDEN = "[{matchExpressions: [{key: istio-injection, operator: Exists}, {key: hidden, operator: DoesNotExist}]}]"


@pytest.mark.parametrize(
    ("selectors", "here", "wanted"),
    [
        ("[]", {}, {}),
        ("[{matchLabels: {team: shop}}]", {}, {"team": "shop"}),
        ("[{matchExpressions: [{key: team, operator: In, values: [shop, sale]}]}]", {"team": "x"}, {"team": "shop"}),
        ("[{matchExpressions: [{key: team, operator: Exists}]}]", {}, {"team": ""}),
        ("[{matchExpressions: [{key: team, operator: NotIn, values: [shop]}]}]", {"team": "shop"}, {"team": None}),
        (
            "[{matchLabels: {team: shop}}, {matchLabels: {istio-injection: enabled}}]",
            {},
            {"istio-injection": "enabled"},
        ),
        (NOT_HIDDEN, {}, INJECTED),
        (NOT_HIDDEN, {"istio-injection": "enabled", "hidden": ""}, {"hidden": None}),
    ],
)
def test_labels_by_which_a_namespace_is_selected_can_be_pasted(
    selectors: str, here: dict[str, str], wanted: dict[str, str | None]
) -> None:
    view = selecting(selectors, **here)

    told = discovery_selectors.run(view, PAIR)

    assert [set_by(finding.fix[0]) for finding in told] == ([wanted] if wanted else [])


def test_service_that_is_switched_off_everywhere_fails_only_when_asked_for() -> None:
    off = mesh("service-switched-off")
    asked = replace(off, settings=replace(off.settings, services=("sleepy.sample",)))

    assert [found.status for found in endpoints_ready.run(View(off), PAIR)] == [Status.WARN]
    assert [found.status for found in endpoints_ready.run(View(asked), PAIR)] == [Status.FAIL]


def _without(counter: str) -> Change:
    hosts = each(lambda host: replace(host, **{counter: 0}))
    return each(lambda cluster: replace(cluster, hosts=hosts(cluster.hosts)))


def test_target_port_on_which_no_call_was_counted_is_a_warning() -> None:
    wrong = changed(mesh("target-port-wrong"), PROXY_ENDPOINTS, "cluster1", _without("errors"))
    unused = changed(wrong, PROXY_ENDPOINTS, "cluster1", _without("successes"))

    assert [found.status for found in target_ports.run(View(unused), PAIR)] == [Status.WARN]


def test_target_port_that_answers_need_not_be_declared() -> None:
    wrong = changed(mesh("target-port-wrong"), PROXY_ENDPOINTS, "cluster1", _without("errors"))

    assert list(target_ports.run(View(wrong), PAIR)) == []


def test_target_port_is_judged_beside_a_cluster_that_cannot_be_read() -> None:
    wrong = mesh("target-port-wrong")

    (found,) = target_ports.run(View(replace(wrong, contexts=(*wrong.contexts, "cluster3"))), PAIR)

    assert found.status is Status.FAIL


def test_ports_are_held_against_those_of_most_clusters() -> None:
    three = beside_a_third(mesh("ports-differ"), "cluster2", "cluster1", "cluster3")

    (found,) = ports_agree.run(View(three), PAIR)

    assert "in cluster2 than in cluster1 and cluster3: http 5001/TCP, not http 5000/TCP" in found.text
    assert found.fix[0].command.startswith("kubectl --context cluster2 ")


def test_ports_that_both_agree_with_a_third_and_not_with_each_other_differ() -> None:
    three = beside_a_third(mesh("ports-differ"), "cluster3", "cluster1", "cluster2")
    both = tuple(port for context in ("cluster1", "cluster2") for port in services(View(three), context)[NAME].ports)
    wide = changed(three, RESOURCES, "cluster3", each(only("helloworld", ports=both), "services"))

    (found,) = ports_agree.run(View(wide), PAIR)

    assert found.status is Status.FAIL
    assert "in cluster2 than in cluster1: http 5001/TCP, not" in found.text


def test_target_port_is_not_judged_where_pods_declare_none() -> None:
    silent = changed(mesh("target-port-wrong"), PODS, "cluster2", each(lambda pod: replace(pod, ports=())))

    assert list(target_ports.run(View(silent), PAIR)) == []


def test_nameless_target_port_has_no_step_where_no_cluster_tells_the_number() -> None:
    both = changed(mesh("target-port-unknown"), RESOURCES, "cluster1", each(_portless, "endpoint_slices"))

    (found,) = target_ports.run(View(both), PAIR)

    assert (found.status, found.fix) == (Status.FAIL, ())


def _portless(slices: Any) -> Any:
    return replace(slices, ports={}) if slices.service == "helloworld" else slices

"""Shared fixes: what made a pod, and in which order things are restarted; marks follow from the action."""

from dataclasses import replace

from kubectl_mcdiag.checks import guards, proof
from kubectl_mcdiag.checks.fixes import await_istiod, change_template, maker, restart_istiod, restart_proxies, start
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer, put, replaced
from kubectl_mcdiag.checks.steps import (
    Action,
    Mark,
    Object,
    apply,
    create,
    delete,
    istioctl,
    kubectl,
    label,
    look,
    merge,
    patch,
)
from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import proxies
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.scenarios import FIXTURES, Scenario, snapshot

HEALTHY = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
WHY = say("because")
SERVICE = Object("cluster1", "service", "helloworld", "sample")


def view() -> View:
    return View(snapshot(HEALTHY))


def test_gateways_are_restarted_first_and_waited_for() -> None:
    steps = restart_proxies(view(), "cluster1", WHY)

    words = [str(step.shell) for step in steps]
    assert "istio-eastwestgateway" in words[0]
    assert len({step.command for step in steps}) == len(steps)
    assert [step.marks for step in steps if step.action is Action.WAIT] == [frozenset()] * (len(steps) // 2)
    assert {step.marks for step in steps if step.action is Action.RESTART} == {frozenset({Mark.DISRUPTIVE})}


def test_istiod_is_restarted_and_waited_for() -> None:
    steps = restart_istiod(view(), "cluster1", WHY)

    assert [str(step.shell) for step in steps] == [
        "kubectl --context cluster1 -n istio-system rollout restart deployment/istiod",
        "kubectl --context cluster1 -n istio-system rollout status deployment/istiod --timeout=180s",
    ]
    assert await_istiod(view(), "cluster1") == steps[1:]


def test_what_made_a_pod_is_read_from_its_labels() -> None:
    pod = proxies(view(), "cluster1")[0]
    stateful = replace(pod, name="db-0", labels={"statefulset.kubernetes.io/pod-name": "db-0"})
    daemon = replace(pod, name="agent-x7k2p", labels={})

    assert maker("cluster1", pod).kind == "deployment"
    assert maker("cluster1", stateful) == Object("cluster1", "statefulset", "db", pod.namespace)
    assert maker("cluster1", daemon) == Object("cluster1", "daemonset", "agent", pod.namespace)


def test_workload_without_pods_is_scaled_up_or_looked_at() -> None:
    idle = Workload("Deployment", "sample", "helloworld-v1", 0, {})

    assert str(start(view(), "cluster1", idle).shell) == (
        "kubectl --context cluster1 -n sample scale deployment/helloworld-v1 --current-replicas=0 --replicas=1"
    )
    assert start(view(), "cluster1", replace(idle, replicas=2)).action is Action.SHOW


def test_changed_label_is_tested_before() -> None:
    key = "topology.istio.io/network"
    new, changed, gone = (
        str(label(view(), Action.MOVE_TRAFFIC, SERVICE, key, *values, WHY).shell)
        for values in (("network1", ""), ("network1", "network2"), ("", "network2"))
    )

    assert new == f"kubectl --context cluster1 -n sample label service helloworld {key}=network1"
    test = '[{"op": "test", "path": "/metadata/labels/topology.istio.io~1network", "value": "network2"}, '
    assert test + '{"op": "add"' in changed
    assert test + '{"op": "remove"' in gone


def test_marks_follow_from_the_action_and_from_what_is_asked_for() -> None:
    asks = merge(view(), Action.MOVE_TRAFFIC, SERVICE, {"a": Input("A", "what")}, WHY)

    assert asks.marks == {Mark.DISRUPTIVE, Mark.INPUT}
    assert delete(view(), Action.DELETE, SERVICE, WHY).marks == {Mark.DELETES, Mark.DISRUPTIVE}
    assert look("cluster1", kubectl(view(), "cluster1", "get", "pods"), WHY).marks == frozenset()
    assert all(action.reason for action in Action)


def test_manifest_is_read_from_stdin() -> None:
    manifest = {"kind": "Service"}

    assert apply(view(), Action.CREATE_SERVICE, "cluster1", manifest, WHY).command == (
        """printf '%s' '{"kind": "Service"}' |\n  kubectl --context cluster1 apply -f -"""
    )
    assert str(create(view(), Action.CREATE_SERVICE, "cluster1", manifest, WHY).shell).endswith(" create -f -")


def test_patch_is_json_and_its_places_are_escaped() -> None:
    step = patch(view(), Action.LABEL, SERVICE, (*replaced(pointer("a/b", 0), 1, 2), put("/x", "y")), WHY)

    assert '{"op": "test", "path": "/a~1b/0", "value": 1}' in str(step.shell)
    assert step.is_fit


def test_step_with_a_name_that_is_none_is_not_fit() -> None:
    assert not change_template(view(), replace(SERVICE, name="--all"), {}, WHY).is_fit
    assert not change_template(view(), replace(SERVICE, namespace="a b"), {}, WHY).is_fit
    assert not change_template(view(), replace(SERVICE, context="-x"), {}, WHY).is_fit
    assert not change_template(view(), SERVICE, {"labels": {"a": "b"}}, WHY).shell.piped("a\nb").is_printable


def test_other_system_namespace_is_named_to_istioctl() -> None:
    there = snapshot(HEALTHY)
    moved = View(replace(there, settings=replace(there.settings, istio_namespace="mesh")))

    assert str(istioctl(moved, "cluster1", "version")) == "istioctl --context cluster1 --istioNamespace mesh version"
    assert str(istioctl(view(), "cluster1", "version")) == "istioctl --context cluster1 version"


def test_evidence_is_a_command_and_its_lines() -> None:
    one = proof.object_shown(view(), SERVICE, "a", "b")
    all_of_them = proof.listed_shown(view(), "cluster1", "", ("pods", "-l", "a=b"), "c")
    asked = proof.asked(view(), RESOURCES, "cluster1", "", "d")

    assert (one.command, one.excerpt) == ("kubectl --context cluster1 -n sample get service helloworld -o yaml", "a\nb")
    assert all_of_them.command == "kubectl --context cluster1 -A get pods -l a=b"
    assert asked.command.startswith("kubectl --context cluster1 get ")
    assert proof.listed_shown(view(), "cluster1", "x", ("pods",)).command.endswith(" -n x get pods")


def test_guards_say_why_a_rule_does_not_apply() -> None:
    pair = Pair("cluster1", "cluster2")
    together = View(snapshot(Scenario(FIXTURES / "1.31" / "healthy-one-network")))

    assert guards.across_networks(view(), pair) == ""
    assert guards.across_networks(together, pair) == "cluster1 and cluster2 are on one network"
    assert guards.on_one_network(view(), pair) == "cluster1 and cluster2 are on different networks"
    assert guards.on_one_network(together, pair) == ""
    assert guards.with_clients(view(), pair) == ""

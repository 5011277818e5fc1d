"""Mutations repeat by their seed, and what is said of them is judged by the requests alone."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from lab.clusters.cluster import Cluster
from lab.e2e.page import interval
from lab.mesh.gateways import gateway_objects
from lab.mesh.manifests import Manifest
from lab.mesh.workloads import workload_objects
from lab.mutate import lines
from lab.mutate.change import Mutation, Put, Rule, Subject
from lab.mutate.drawing import services
from lab.mutate.families import load
from lab.mutate.figures import figures
from lab.mutate.ground import Ground
from lab.mutate.judgement import Verdict, judge, named_first
from lab.mutate.outcome import Mended, Outcome, Trial, as_line, blank, from_line
from lab.mutate.page import section
from lab.mutate.registry import drawn, kinds
from lab.mutate.requests import Call, Seen, calls, read
from lab.mutate.shop import objects
from lab.mutate.truth import Fate, PairTruth, fate, truths
from lab.objects import Snapshot
from lab.shapes import PLAIN, SHAPES, shape_named

ONE, TWO = "cluster1", "cluster2"
SHARED = Call("helloworld", "sample", 5000, frozenset({ONE, TWO}))
THERE = Call("stock-2", "shop", 5000, frozenset({TWO}))
SEEDS = range(200)
KUBECONFIG = b64encode(
    b"{clusters: [{cluster: {server: 'https://172.31.0.12:6443', certificate-authority-data: a}}], users: [{user: {}}]}"
).decode()


def key(cluster: Cluster, item: Manifest) -> tuple[str, str, str, str]:
    return (cluster.name, item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])


def system_objects(cluster: Cluster) -> list[Manifest]:
    """Return what `istioctl install` and Istio's guides leave, as far as mutations touch it."""
    meta = {"namespace": "istio-system"}
    secret = {"apiVersion": "v1", "kind": "Secret"}
    other = "cluster2" if cluster.number == 1 else "cluster1"
    remote = {
        "name": f"istio-remote-secret-{other}",
        "labels": {"istio/multiCluster": "true"},
        "annotations": {},
        **meta,
    }
    pod = {"containers": [{"name": "discovery", "env": []}]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system", "labels": {}}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", **meta}, "data": {"mesh": "{}"}},
        {**secret, "metadata": {"name": "cacerts", **meta}, "data": {}},
        {**secret, "metadata": remote, "data": {other: KUBECONFIG}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "istiod", **meta},
            "spec": {"template": {"spec": pod}},
        },
    ]


@pytest.fixture(scope="module")
def ground() -> Ground:
    load()
    found = {
        key(cluster, item): item
        for cluster in PLAIN.clusters
        for item in (
            *gateway_objects(PLAIN, cluster),
            *workload_objects(PLAIN, cluster),
            *objects(PLAIN, cluster),
            *system_objects(cluster),
        )
    }
    return Ground(PLAIN, Snapshot(found))


@pytest.fixture(autouse=True)
def no_files_of_the_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca-cert.pem").write_text("another")
    monkeypatch.setattr("lab.mutate.families.certificates.issued_folder", lambda *_: tmp_path)


def told(mutations: tuple[Mutation, ...]) -> list[str]:
    return [one.describe() for one in mutations]


def test_seed_repeats(ground: Ground) -> None:
    assert [told(drawn(7, i, ground)) for i in SEEDS] == [told(drawn(7, i, ground)) for i in SEEDS]


def test_other_seed_draws_others(ground: Ground) -> None:
    assert [told(drawn(7, i, ground)) for i in SEEDS] != [told(drawn(8, i, ground)) for i in SEEDS]


def test_every_kind_is_drawn_and_says_what_it_changes(ground: Ground) -> None:
    for draw in kinds():
        name = f"{draw.__module__}.{draw.__name__}"
        (made, *_) = drawn(1, 1, ground, only=name)
        assert made.changes, name
        assert made.subjects, name
        assert made.describe()


def test_mutation_of_objects_names_what_it_writes(ground: Ground) -> None:
    for index in SEEDS:
        for one in drawn(3, index, ground):
            named = {(subject.cluster, subject.name) for subject in one.subjects}
            written = {(c.cluster.name, c.manifest["metadata"]["name"]) for c in one.changes if not isinstance(c, Rule)}
            assert written & named or one.family == "firewalls"


def test_mutations_differ_from_the_ground(ground: Ground) -> None:
    for index in SEEDS:
        for one in drawn(4, index, ground):
            for change in one.changes:
                if isinstance(change, Put) and change.exists:
                    assert change.manifest != ground.objects.objects[key(change.cluster, change.manifest)]


def test_two_at_once_touch_different_objects(ground: Ground) -> None:
    pairs = [made for made in (drawn(5, index, ground) for index in SEEDS) if len(made) == 2]
    assert pairs
    for one, other in pairs:
        assert not {change.place for change in one.changes} & {change.place for change in other.changes}


def test_drawing_changes_nothing_of_the_ground(ground: Ground) -> None:
    before = repr(ground.objects.objects)
    for index in SEEDS:
        drawn(6, index, ground)
    assert repr(ground.objects.objects) == before


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_service_that_is_called_is_there(shape: Any) -> None:
    made = {
        (item["metadata"].get("namespace"), item["metadata"]["name"])
        for cluster in shape.clusters
        for item in (*workload_objects(shape, cluster), *objects(shape, cluster))
        if item["kind"] == "Service"
    }
    assert {(call.namespace, call.service) for call in calls(shape)} <= made


def test_services_that_are_drawn_are_those_that_are_called(ground: Ground) -> None:
    assert {(one.name, one.namespace) for one in services(ground)} == {(c.service, c.namespace) for c in calls(PLAIN)}


def seen(call: Call, failed: int = 0, errors: dict[str, int] | None = None, **answers: int) -> Seen:
    return Seen(call, failed, answers, errors or {})


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (seen(SHARED, cluster1=6, cluster2=6), Fate.ANSWERED),
        (seen(SHARED, cluster1=12), Fate.MOVED),
        (seen(THERE, cluster2=12), Fate.ANSWERED),
        (seen(THERE, 12), Fate.FAILING),
        (seen(THERE, 1, cluster2=11), Fate.FAILING),
        (seen(THERE, cluster1=12), Fate.MOVED),
        (seen(SHARED, 6, cluster1=6), Fate.FAILING),
        (seen(SHARED, 12), Fate.FAILING),
        (seen(SHARED, 6, {TWO: 6}, cluster1=3, cluster2=3), Fate.FAILING),
        (seen(SHARED, 6, {ONE: 6}, cluster1=3, cluster2=3), Fate.ANSWERED),
        (seen(SHARED, 6, cluster1=3, cluster2=3), Fate.FAILING),
        (seen(SHARED, 6, cluster2=6), Fate.ANSWERED),
        (seen(SHARED, 6, {ONE: 6}, cluster1=6), Fate.MOVED),
    ],
)
def test_fate_of_the_calls_of_a_pair(one: Seen, expected: Fate) -> None:
    assert fate(ONE, TWO, one) is expected


def test_counts_are_told_in_words() -> None:
    assert (
        str(seen(SHARED, 2, {TWO: 2}, cluster1=6, cluster2=4))
        == "cluster1 6, cluster2 4, failed 2, errors at cluster2 2"
    )
    assert str(seen(THERE, cluster2=12)) == "cluster2 12"


def test_worst_service_decides_for_its_pair_alone() -> None:
    here = Call("stock-1", "shop", 5000, frozenset({ONE}))
    by_caller = {ONE: [seen(SHARED, cluster1=6, cluster2=6), seen(THERE, 12)], TWO: [seen(here, cluster1=12)]}
    assert {truth.name: truth.fate for truth in truths(by_caller)} == {
        "cluster1 → cluster2": Fate.FAILING,
        "cluster2 → cluster1": Fate.ANSWERED,
    }


SAID = """outbound|5000||stock-2.shop.svc.cluster.local::172.31.0.61:15443::rq_error::3
outbound|5000||helloworld.sample.svc.cluster.local::10.10.0.7:5000::rq_error::1
== sent
== helloworld.sample
Hello version: v1, instance: a
Hello version: v2, instance: b

== stock-2.shop
upstream connect error
== counted
outbound|5000||stock-2.shop.svc.cluster.local::172.31.0.61:15443::rq_error::15
outbound|5000||helloworld.sample.svc.cluster.local::10.10.0.7:5000::rq_error::1
outbound|5000|v1|helloworld.sample.svc.cluster.local::10.20.0.7:5000::cx_connect_fail::2
"""


def test_answers_and_new_errors_are_read() -> None:
    shared, there = read(SAID, (SHARED, THERE), PLAIN)
    assert (shared.answers, shared.failed, shared.errors) == ({ONE: 1, TWO: 1}, 10, {TWO: 2})
    assert (there.answers, there.failed, there.errors) == ({}, 12, {TWO: 12})


def truth(expected: Fate, caller: str = ONE, destination: str = TWO) -> PairTruth:
    return PairTruth(caller, destination, {"stock-2.shop": expected})


def report(verdict: str, *causes: dict[str, Any]) -> dict[str, Any]:
    return {"pairs": [{"from": ONE, "to": TWO, "verdict": verdict}], "rootCauses": causes}


def cause(status: str = "fail", service: str | None = None, problem: str = "it is broken") -> dict[str, Any]:
    return {
        "code": "MC301",
        "status": status,
        "clusters": [ONE],
        "pairs": [{"from": ONE, "to": TWO}],
        "service": service,
        "problem": problem,
        "evidence": [],
        "fix": [],
    }


@pytest.mark.parametrize(
    ("true", "said", "expected"),
    [
        (Fate.FAILING, report("pass"), "false_green"),
        (Fate.FAILING, report("warn"), "only_warned"),
        (Fate.FAILING, report("unknown"), "not_judged"),
        (Fate.FAILING, report("fail", cause()), ""),
        (Fate.ANSWERED, report("fail", cause()), "false_alarm"),
        (Fate.ANSWERED, report("fail", cause(service="stock-2.shop")), "false_alarm"),
        (Fate.ANSWERED, report("fail", cause(service="curl.sample")), ""),
        (Fate.ANSWERED, report("warn", cause("warn")), ""),
        (Fate.ANSWERED, report("pass"), ""),
        (Fate.MOVED, report("fail", cause()), ""),
        (Fate.MOVED, report("pass"), ""),
    ],
)
def test_verdict_on_a_pair_against_its_truth(true: Fate, said: dict[str, Any], expected: str) -> None:
    found = judge(truth(true), said)
    wrong = [name for name in ("false_green", "only_warned", "false_alarm", "not_judged") if getattr(found, name)]
    assert wrong == ([expected] if expected else [])


def test_pair_that_is_not_in_the_report_is_not_judged() -> None:
    assert judge(truth(Fate.ANSWERED, TWO, ONE), report("pass")).not_judged


RULE = Subject(ONE, "DestinationRule", "shop", "stock-2")


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        ("DestinationRule stock-2.shop turns TLS off", True),
        ("DestinationRules shop/stock-2 and others", True),
        ("DestinationRule stock-21 turns TLS off", False),
        ("calls to stock-2.shop fail", False),
        ("the remote secret of cluster2 is missing", False),
    ],
)
def test_object_is_named_by_kind_and_name(problem: str, named: bool) -> None:
    assert named_first([RULE], report("fail", cause(problem=problem), cause(problem="stock-2"))) is named


def test_only_the_first_root_cause_counts() -> None:
    said = report("fail", cause(problem="else"), cause(problem="DestinationRule stock-2"))
    assert not named_first([RULE], said)
    assert not named_first([RULE], report("pass"))


def test_object_in_another_cluster_is_not_named() -> None:
    other = Subject(TWO, "DestinationRule", "shop", "stock-2")
    assert not named_first([other], report("fail", cause(problem="DestinationRule stock-2.shop")))


def test_alias_names_too() -> None:
    secret = Subject(ONE, "Secret", "istio-system", "istio-remote-secret-cluster2", (("remote secret", TWO),))
    assert named_first([secret], report("fail", cause(problem="no remote secret for cluster2")))


def test_firewall_between_pods_is_named_by_one_of_their_addresses() -> None:
    rule = Subject(ONE, "Firewall", "", "ip daddr 10.10.0.0/24", (("10.10.0.",),))
    assert named_first([rule], report("fail", cause(problem="cannot connect to 10.10.0.37:5000")))
    assert not named_first([rule], report("fail", cause(problem="cannot connect to 10.20.0.37:5000")))


def verdict(true: Fate, **wrong: bool) -> Verdict:
    return Verdict(
        "cluster1 → cluster2", true, "pass", {"stock-2.shop": true.value}, {"stock-2.shop": "cluster2 12"}, **wrong
    )


def outcome(index: int = 1, **fields: Any) -> Outcome:
    return Outcome(Trial("1.31-dev", PLAIN.name, 7, index), ("routes",), ("a change",), ("a subject",), **fields)


def test_misses_are_told_worst_first() -> None:
    found = outcome(verdicts=(verdict(Fate.FAILING, false_green=True),), named=False, mended=Mended.NO)
    assert found.misses == ("false green", "not named first", "not mended")
    assert outcome(verdicts=(verdict(Fate.ANSWERED),)).misses == ()


def test_figures_count_directions_and_mutations() -> None:
    missed = outcome(verdicts=(verdict(Fate.FAILING, false_green=True), verdict(Fate.ANSWERED)), named=False)
    right = outcome(verdicts=(verdict(Fate.FAILING),), named=True, mended=Mended.YES)
    void = outcome(verdicts=(verdict(Fate.FAILING, false_green=True),), void="unsettled")
    by_hand = outcome(verdicts=(verdict(Fate.FAILING),), named=True, mended=Mended.INPUT)
    assert figures([missed, right, void, by_hand]) == [
        ("false green", 1, 3),
        ("only warned", 0, 3),
        ("false alarm", 0, 1),
        ("not judged", 0, 4),
        ("named first", 2, 3),
        ("mended", 1, 1),
    ]


def test_outcome_comes_back_from_its_line() -> None:
    found = outcome(verdicts=(verdict(Fate.FAILING, false_green=True),), said=("MC301 x",), mended=Mended.NO, why="so")
    assert from_line(as_line(found)) == found


def test_lines_replace_those_of_the_same_trial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lines, "LINES", tmp_path / "mutations.jsonl")
    lines.keep([outcome(1), outcome(2)])
    lines.keep([outcome(2, named=True)])
    assert [(one.trial.index, one.named) for one in lines.read(lines.LINES)] == [(1, None), (2, True)]


def test_page_shows_a_row_for_each_run_and_what_was_missed() -> None:
    missed = outcome(verdicts=(verdict(Fate.FAILING, false_green=True),), named=False)
    text = section([missed, outcome(2, void="refused")])
    assert "| 1.31-dev | multi-primary-multi-network | 7 | 1 | 1 | 1 of 1 (21 to 100 %) |" in text
    assert "| false green | routes | 1 |" in text
    assert section([missed], "\nwhy\n").endswith("\nwhy\n")
    assert section([]) == ""


@pytest.mark.parametrize(
    ("part", "whole", "wanted"), [(0, 0, ""), (0, 10, "0 to 28 %"), (5, 10, "24 to 76 %"), (10, 10, "72 to 100 %")]
)
def test_interval_of_few_is_wide(part: int, whole: int, wanted: str) -> None:
    assert interval(part, whole) == wanted


def test_blank_outcome_tells_what_was_drawn(ground: Ground) -> None:
    made = drawn(1, 1, ground)
    assert blank(Trial("1.31-dev", PLAIN.name, 1, 1), made).about == tuple(one.about for one in made)


def test_shape_that_keeps_helloworld_local_is_judged_by_the_others() -> None:
    assert "helloworld" not in {call.service for call in calls(shape_named("locality"))}

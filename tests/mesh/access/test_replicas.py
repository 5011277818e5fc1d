"""Replicas of istiod: one of each revision is read in depth, all where the cheap answers differ."""

import re
import time
from collections import Counter
from dataclasses import replace

import pytest

from kubectl_mcdiag.evidence.commands import CLUSTERZ, ENDPOINT_SHARDS, NETWORKZ, PODS, SYNCZ
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Snapshot
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.judge import report
from tests.scenarios import FIXTURES, Scenario, askable, bundle

HEALTHY = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
CLUSTER = "cluster1"


class Replicated:
    """The healthy mesh with more replicas in one cluster: each answers as the first does, but what is told."""

    def __init__(self, revisions: tuple[str, ...], clusterz: dict[str, Output]) -> None:
        self._revisions = revisions
        self._clusterz = clusterz
        self.asked: Counter[str] = Counter()

    def run(self, invocation: Invocation, timeout: float) -> Output:
        key, context, target = invocation.identity
        if context == CLUSTER:
            self.asked[key] += 1
        if key == PODS.key and context == CLUSTER:
            return self._pods(bundle(HEALTHY).run(invocation, timeout))
        if key == CLUSTERZ.key and target in self._clusterz:
            return self._clusterz[target]
        return bundle(HEALTHY).run(replace(invocation, target=target.replace("-copy", "")), timeout)

    def _pods(self, output: Output) -> Output:
        lines = output.stdout.splitlines(keepends=True)
        (line,) = [line for line in lines if "\tistio-system\t" in f"\t{line}" and "istiod-" in line]
        name = next(cell for cell in line.replace("\n", "").split("\t") if cell.startswith("istiod-"))
        more = [
            re.sub('("istio.io/rev": ?)"default"', rf'\1"{revision}"', line.replace(name, name + "-copy" * number))
            for number, revision in enumerate(self._revisions)
            if number
        ]
        return replace(output, stdout="".join([*lines, *more]))


def mesh(*revisions: str, **clusterz: Output) -> tuple[Replicated, Snapshot]:
    found = bundle(HEALTHY)
    source = Replicated(revisions, {name.replace("__", "."): each for name, each in clusterz.items()})
    blank = Snapshot(found.contexts, found.taken_at, found.settings)
    return source, collect(source, blank, time.monotonic() + 60, executor=AtOnce())


def copies(snapshot: Snapshot) -> list[str]:
    return [pod.full_name for pod in istiods(View(snapshot), CLUSTER)]


def test_replicas_of_one_revision_are_read_in_depth_once() -> None:
    source, found = mesh("default", "default", "default")

    assert len(copies(found)) == 3
    assert [source.asked[c.key] for c in (CLUSTERZ, SYNCZ, ENDPOINT_SHARDS, NETWORKZ)] == [3, 3, 1, 1]
    assert len(read_deeply(View(found), CLUSTER)) == 1
    said = report(found, askable(HEALTHY))
    assert [each.reason for each in said.unknowns] == []
    assert {each.status for each in said.pairs} == {Status.PASS}


def test_each_revision_is_read_in_depth() -> None:
    source, _ = mesh("default", "canary", "canary")

    assert source.asked[ENDPOINT_SHARDS.key] == 2


@pytest.mark.parametrize(
    "other",
    [
        Output(stdout='[{"id": "cluster1", "secretName": "", "syncStatus": "synced"}]'),
        Output(1, "", "error", 0.1, Failure.TIMED_OUT),
    ],
    ids=["knows less", "is silent"],
)
def test_replicas_that_differ_are_all_read_in_depth(other: Output) -> None:
    _, found = mesh("default", "default")
    lagging = copies(found)[1]

    source, found = mesh("default", "default", **{lagging.replace(".", "__"): other})

    assert source.asked[ENDPOINT_SHARDS.key] == 2
    assert len(read_deeply(View(found), CLUSTER)) == 2

"""What a tool or a cluster does not answer is unknown in the smallest scope it touches, and all else is judged."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli.main import exit_code
from kubectl_mcdiag.evidence.commands import COMMANDS, ENVOY_CLUSTERS, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Snapshot
from kubectl_mcdiag.evidence.parsers.failures import classify
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from tests.impostor import HEALTHY, of_envoy
from tests.scenarios import FIXTURES, Scenario, bundle, snapshot
from tests.unredacted import unredacted

BROKEN = Scenario(FIXTURES / "1.31" / "remote-secret-missing")


def failed(stderr: str) -> Output:
    return Output(1, "", stderr, 0.1, classify(1, stderr))


class Instead:
    """A recorded mesh in which some commands answer otherwise: outputs by (command key, context), "" for all."""

    def __init__(self, scenario: Scenario, outputs: Mapping[tuple[str, str], Output]) -> None:
        self.asked: list[str] = []
        self._scenario = scenario
        self._outputs = outputs

    def run(self, invocation: Invocation, timeout: float) -> Output:
        key, context, target = invocation.identity
        self.asked.append(key)
        for (other, where), output in self._outputs.items():
            if context and other in ("", key) and where in ("", context):
                return output
        if key == ENVOY_CLUSTERS.key:
            told = snapshot(self._scenario).observations[PROXY_ENDPOINTS.key, context, target]
            return Output(0, ENVOY_CLUSTERS.redact(unredacted(of_envoy(told))))
        return bundle(self._scenario).run(invocation, timeout)


def judged(source: Instead) -> Report:
    blank = Snapshot(("cluster1", "cluster2"), bundle(HEALTHY).taken_at, bundle(HEALTHY).settings)
    return report(collect(source, blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)


LOSSES = {
    "does not take connections": (
        "",
        failed("The connection to the server 172.31.0.12:6443 was refused - did you specify …"),
        "cluster2: the API server cannot be reached",
    ),
    "forbids to list secrets": (
        "secrets",
        failed(
            'Error from server (Forbidden): secrets is forbidden: User "jo" cannot list resource "secrets" in '
            'API group "" in the namespace "istio-system"'
        ),
        "jo may not list secrets in namespace istio-system",
    ),
    "never answers one command": (
        "clusterz",
        Output(seconds=2.0, failure=Failure.TIMED_OUT),
        "cluster2: no answer to clusterz",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_only_what_reads_it_is_unknown_where_cluster2(loss: str) -> None:
    key, output, words = LOSSES[loss]

    found = judged(Instead(HEALTHY, {(key, "cluster2"): output}))

    lost = {key} if key else {command.key for command in COMMANDS}
    reading = {check.code for check in CHECKS if lost & {command.key for command in check.reads}}
    assert (exit_code(found, "fail"), found.root_causes) == (3, ())
    assert {result.check.code for result in found.results if result.status is Status.UNKNOWN} <= reading
    assert found.unknowns
    assert [unknown.reason for unknown in found.unknowns if words not in unknown.reason] == []
    assert found.clusters[0].cluster_id == "cluster1"


ISTIOCTLS = {
    "is absent": Output(stderr="istioctl is not on the PATH", failure=Failure.TOOL_MISSING),
    "fails": Output(64, "", 'Error: unknown command "endpoint"'),
    "prints a table": Output(0, "ENDPOINT STATUS CLUSTER"),
    "prints another document": Output(0, '{"endpoints": []}'),
}


@pytest.mark.parametrize("istioctl", ISTIOCTLS)
def test_verdicts_are_the_same_where_istioctl(istioctl: str) -> None:
    whole, less = Instead(BROKEN, {}), Instead(BROKEN, {(PROXY_ENDPOINTS.key, ""): ISTIOCTLS[istioctl]})

    assert verdicts(judged(less)) == verdicts(judged(whole))
    assert [cause.check.code for cause in judged(whole).root_causes] == ["MC301"]
    assert ENVOY_CLUSTERS.key not in whole.asked
    assert less.asked.count(ENVOY_CLUSTERS.key) == 2


def verdicts(found: Report) -> tuple[Any, ...]:
    return (
        exit_code(found, "fail"),
        found.pairs,
        [(cause.check.code, cause.finding.problem) for cause in found.root_causes],
        [(result.check.code, result.status) for result in found.results],
        found.unknowns,
    )

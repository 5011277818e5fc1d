"""What counters say of calls: failed before, answered with errors, answered."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason, State
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from tests.edits import changed, mesh

GATEWAY = "172.31.0.61"
PAIR = Pair("cluster1", "cluster2")


def counted(local: dict[str, Any], **counters: int) -> Snapshot:
    """Return the healthy mesh with these counters of cluster1's client: at the gateway, and of its own cluster."""

    def host(one: Host) -> Host:
        zero = {"connect_failures": 0, "active": 0, "successes": 0, "requests": 0, "errors": 0, "connections": 0}
        return replace(one, **(zero | (counters if one.address == GATEWAY else local)))

    def cluster(one: EnvoyCluster) -> EnvoyCluster:
        return replace(one, hosts=tuple(map(host, one.hosts))) if one.host.startswith("helloworld.") else one

    return changed(mesh("healthy-multi-network"), PROXY_ENDPOINTS, "cluster1", lambda found: tuple(map(cluster, found)))


def followed(snap: Snapshot) -> Path:
    return next(path for path in paths(View(snap), PAIR) if path.call.service == "helloworld.sample")


def verdict(found: Report) -> Status:
    return next(one.status for one in found.pairs if one.pair == PAIR)


def state(snap: Snapshot, kind: Kind) -> State:
    hop = followed(snap).hop(kind)
    assert hop
    return hop.state


@pytest.mark.parametrize("successes", [0, 8])
def test_failures_without_an_open_connection_are_not_ok(successes: int) -> None:
    snap = counted({}, connect_failures=3, successes=successes, requests=successes)
    found = report(snap, CHECKS)

    assert verdict(found) is Status.UNKNOWN
    assert "MC904" in {code for one in found.unknowns for code in one.codes}
    (warning,) = (cause.finding for cause in found.root_causes if cause.check.code == "MC904")
    assert warning.status is Status.WARN
    assert ":15443 have failed, none is open" in warning.text
    hop = followed(snap).hop(Kind.CONNECTION)
    assert hop
    assert hop.reason is Reason.FAILED_BEFORE


def test_open_connection_that_answered_outlives_failures() -> None:
    snap = counted({}, connect_failures=3, successes=8, requests=8, active=1)

    assert state(snap, Kind.CONNECTION) is State.WORKS


def test_nothing_called_is_idle_and_ok() -> None:
    snap = counted({})

    assert state(snap, Kind.CONNECTION) is State.IDLE
    assert verdict(report(snap, CHECKS)) is Status.PASS


def test_connections_of_tcp_count_as_answers() -> None:
    snap = counted({}, requests=4, active=1)

    assert state(snap, Kind.CONNECTION) is State.WORKS
    assert state(snap, Kind.ANSWER) is State.WORKS


def test_what_was_answered_long_ago_proves_nothing() -> None:
    snap = counted({}, requests=4, successes=4)

    assert state(snap, Kind.CONNECTION) is State.IDLE
    assert state(snap, Kind.ANSWER) is State.IDLE


def test_errors_from_one_cluster_alone_are_named() -> None:
    found = report(counted({"successes": 5, "requests": 5}, errors=7, requests=7), CHECKS)

    assert [cause.check.code for cause in found.root_causes] == ["MC908"]
    assert verdict(found) is Status.FAIL


def test_errors_from_everywhere_are_the_services_own() -> None:
    snap = counted({"errors": 5, "requests": 5}, errors=7, requests=7)

    assert state(snap, Kind.ANSWER) is State.IDLE

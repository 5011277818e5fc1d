"""What is seen to work overrules suspicion, for the pairs and the hops of which it is seen, and no others."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.access import istiod_running
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery import remote_cluster_synced, remote_secret_address, remote_secret_key
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER, PODS, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from kubectl_mcdiag.verdict.seen import GIVEN, LEARNED, OPEN
from tests.edits import answered, changed, each, mesh

HEALTHY = mesh("healthy-multi-network")
AB, BA = Pair("cluster1", "cluster2"), Pair("cluster2", "cluster1")
ALIVE = {"active": 1, "connections": 1, "successes": 9, "requests": 9, "errors": 0, "connect_failures": 0}
IDLE = dict.fromkeys(ALIVE, 0)


def counted(snap: Snapshot, context: str, service: str = "", **counters: int) -> Snapshot:
    """Return the mesh with these counters of all endpoints of a cluster's clients, or of one service's."""

    def cluster(one: EnvoyCluster) -> EnvoyCluster:
        hosts = tuple(replace(host, **counters) for host in one.hosts)
        return replace(one, hosts=hosts) if one.host.startswith(service) else one

    return changed(snap, PROXY_ENDPOINTS, context, each(cluster))


ALL_ALIVE = counted(counted(HEALTHY, "cluster1", **ALIVE), "cluster2", **ALIVE)


def check(*scopes: Scope, **more: Any) -> Check:
    def run(_view: View) -> Iterator[Finding]:
        yield from (Finding(Status.FAIL, scope, "broken", ()) for scope in scopes)

    return Check("X", "all is well", Unit.MESH, run, **more)


def scope(*pairs: Pair, **more: Any) -> Scope:
    return Scope((pairs[0].destination,), pairs, **more)


def statuses(found: Report) -> dict[Pair, Status]:
    parts = [one.finding for cause in found.root_causes for one in cause.parts]
    return {pair: one.status for one in parts for pair in one.scope.pairs}


@pytest.mark.parametrize(
    ("symptom", "until"),
    [
        (Symptom.NOT_LEARNED, LEARNED),
        (Symptom.NOT_GIVEN, GIVEN),
        (Symptom.NO_CONNECTION, OPEN),
        (None, OPEN),
    ],
)
def test_failure_whose_calls_all_work_is_a_warning_that_says_when_they_will_not(
    symptom: Symptom | None, until: str
) -> None:
    rule = check(scope(AB), leads_to=(symptom,) if symptom else ())
    found = report(ALL_ALIVE, (rule,))

    assert statuses(found) == {AB: Status.WARN}
    assert str(found.root_causes[0].finding.detail) == until
    assert found.results[0].status is Status.WARN


def test_rule_says_itself_how_long_calls_work() -> None:
    found = report(ALL_ALIVE, (check(scope(AB), until="It ends at noon."),))

    assert str(found.root_causes[0].finding.detail) == "It ends at noon."


def test_one_idle_call_keeps_a_failure() -> None:
    snap = counted(ALL_ALIVE, "cluster1", "curl.", **IDLE)

    assert statuses(report(snap, (check(scope(AB)),))) == {AB: Status.FAIL}
    assert statuses(report(snap, (check(scope(AB, service="helloworld.sample")),))) == {AB: Status.WARN}


@pytest.mark.parametrize("counters", [IDLE, ALIVE | {"active": 0}, ALIVE | {"errors": 1}])
def test_what_answered_once_or_with_errors_proves_nothing(counters: dict[str, int]) -> None:
    snap = counted(ALL_ALIVE, "cluster1", **counters)

    assert statuses(report(snap, (check(scope(AB)),))) == {AB: Status.FAIL}


def test_endpoints_alone_prove_that_they_were_given() -> None:
    snap = counted(HEALTHY, "cluster1", **IDLE)

    assert statuses(report(snap, (check(scope(AB), leads_to=(Symptom.NOT_GIVEN,)),))) == {AB: Status.WARN}
    assert statuses(report(snap, (check(scope(AB), leads_to=(Symptom.NO_CONNECTION,)),))) == {AB: Status.FAIL}


def test_answers_that_grow_between_two_readings_prove_it() -> None:
    (client,) = {key[2] for key in HEALTHY.observations if key[:2] == (PROXY_ENDPOINTS.key, "cluster1")}
    before = counted(HEALTHY, "cluster1", **IDLE)
    grown = counted(HEALTHY, "cluster1", **ALIVE | {"active": 0})
    later = grown.observations[(PROXY_ENDPOINTS.key, "cluster1", client)].value
    snap = answered(before, ENVOY_CLUSTERS_LATER, "cluster1", later, client)

    assert statuses(report(snap, (check(scope(AB)),))) == {AB: Status.WARN}


def test_pair_of_which_nothing_is_seen_stays_a_failure_and_explains_the_warning() -> None:
    snap = counted(ALL_ALIVE, "cluster1", **IDLE)
    found = report(snap, (check(scope(AB, BA)),))

    assert statuses(found) == {AB: Status.FAIL, BA: Status.WARN}
    assert [cause.finding.scope.pairs for cause in found.root_causes] == [(AB,)]
    assert {one.pair: one.status for one in found.pairs} == {AB: Status.FAIL, BA: Status.WARN}


@pytest.mark.parametrize(
    ("more", "about"),
    [
        ({"is_unfollowed": True}, scope(AB)),
        ({}, scope(AB, service="other.sample")),
        ({}, scope(AB, workload="server.sample")),
    ],
)
def test_calls_that_no_path_follows_keep_a_failure(more: dict[str, Any], about: Scope) -> None:
    assert statuses(report(ALL_ALIVE, (check(about, **more),))) == {AB: Status.FAIL}


def test_one_istiod_of_two_is_not_cleared_by_clients_of_the_other() -> None:
    about = scope(AB, istiod="istiod-1")
    two = mesh("one-istiod-stuck")
    rule = check(about, leads_to=(Symptom.NOT_LEARNED,))

    assert statuses(report(two, (rule,))) == {AB: Status.FAIL}
    assert statuses(report(ALL_ALIVE, (rule,))) == {AB: Status.WARN}


def test_what_a_third_cluster_lacks_breaks_hops_behind_the_clients_endpoints() -> None:
    idle = counted(HEALTHY, "cluster1", **IDLE)
    rule = check(Scope(("cluster3",), (AB,)), leads_to=(Symptom.NOT_LEARNED,))

    assert statuses(report(idle, (rule,))) == {AB: Status.FAIL}
    assert statuses(report(ALL_ALIVE, (rule,))) == {AB: Status.WARN}


def unready(pod: Any) -> Any:
    return replace(pod, ready=False) if pod.labels.get("app") == "helloworld" else pod


def without_gateway(cluster: Any) -> Any:
    return replace(cluster, hosts=tuple(host for host in cluster.hosts if not host.address.startswith("172.")))


@pytest.mark.parametrize(
    ("name", "rule"), [("istiod-down", istiod_running), ("remote-secret-own-key", remote_secret_key)]
)
def test_istiod_that_is_gone_or_ignores_a_cluster_is_a_warning_while_proxies_do_their_work(
    name: str, rule: Any
) -> None:
    held = changed(mesh(name), PROXY_ENDPOINTS, "cluster1", lambda _: _held())
    snaps = (
        held,
        changed(held, PODS, "cluster1", each(unready)),
        changed(held, PROXY_ENDPOINTS, "cluster1", each(without_gateway)),
    )
    told = [statuses(report(snap, (rule.CHECK,)))[AB] for snap in snaps]

    assert told == [Status.WARN, Status.FAIL, Status.FAIL]


def _held() -> Any:
    return next(one.value for key, one in HEALTHY.observations.items() if key[:2] == (PROXY_ENDPOINTS.key, "cluster1"))


def test_cluster_that_is_not_read_now_is_a_warning_while_proxies_hold_its_endpoints() -> None:
    late = mesh("remote-secret-address")
    kept = changed(late, PROXY_ENDPOINTS, "cluster1", lambda _: _held())

    for rule in (remote_cluster_synced, remote_secret_address):
        assert statuses(report(late, (rule.CHECK,))) == {AB: Status.FAIL}
        (cause,) = report(kept, (rule.CHECK,)).root_causes
        assert cause.finding.status is Status.WARN
        assert LEARNED in str(cause.finding.detail)

"""What cannot be read is unknown for that pod, and for nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.errors import Forgone
from kubectl_mcdiag.evidence.commands import NETWORKZ, PODS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.judge import judge, ordered_pairs, report
from tests.edits import answered, changed, mesh
from tests.scenarios import without

AB, BA = Pair("cluster1", "cluster2"), Pair("cluster2", "cluster1")
OF_ALL = {"MC205", "MC414", "MC417"}
"""What they say of a gateway depends on whether the calls of any client fail."""


def with_unread_client(name: str) -> Snapshot:
    """Return a mesh with one more client in cluster1, whose Envoy was not asked."""

    def more(found: Any) -> Any:
        pod = next(pod for pod in found if pod.labels.get("app") == "curl" and pod.is_injected)
        return (*found, replace(pod, name="web-1", namespace="web"))

    return changed(mesh(name), PODS, "cluster1", more)


def test_one_unreadable_client_is_unknown_and_no_other() -> None:
    view = View(with_unread_client("healthy-multi-network"))
    unknown = [one for one in judge(view, CHECKS, ordered_pairs(view.contexts, ())) if one.status is Status.UNKNOWN]

    assert {one.check.code for one in unknown if one.is_cut_short} <= OF_ALL
    assert {each.scope.workload for one in unknown for each in one.unjudged} == {"web-1.web"}
    pairs = {one.pair: one.status for one in report(view.snapshot, CHECKS).pairs}
    assert pairs == {AB: Status.UNKNOWN, BA: Status.PASS}


def test_one_unreadable_istiod_leaves_what_the_proxies_show() -> None:
    snap = mesh("healthy-two-istiods")
    (first, _) = istiods(View(snap), "cluster1")
    lost = {key for key in snap.observations if key[2] == first.full_name}
    # Both were read deeply once one did not answer: what the other one answers is what they would have.
    (other,) = [key for key in snap.observations if key[:2] == (NETWORKZ.key, "cluster2")]
    second = next(pod.full_name for pod in istiods(View(snap), "cluster1") if pod != first)
    known = answered(snap, NETWORKZ, "cluster1", snap.observations[other].value, second)
    view = View(without(known, lost, "no answer"))

    came_out = list(judge(view, CHECKS, ordered_pairs(view.contexts, ())))

    assert not {one.check.code for one in came_out if one.status is Status.UNKNOWN and one.check.is_of_path}


@pytest.mark.parametrize("name", ["route-to-nowhere", "remote-secret-missing", "gateway-no-label", "exposure-missing"])
def test_fault_is_named_beside_an_unreadable_client(name: str) -> None:
    whole, less = report(mesh(name), CHECKS), report(with_unread_client(name), CHECKS)

    assert [cause.check.code for cause in less.root_causes] == [cause.check.code for cause in whole.root_causes]


def test_what_the_operator_does_not_ask_is_no_unknown() -> None:
    @per_client
    def rule(view: View, pair: Pair, client: Any) -> Any:
        raise Forgone("--no-exec: not read")
        yield

    with pytest.raises(Forgone):
        list(rule(View(mesh("healthy-multi-network")), AB))

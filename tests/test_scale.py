"""What judging costs grows with the mesh and no faster: counted, not timed."""

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Finding, Scope, Symptom
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.summary import members
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.report import clean
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.fold import Findings, folded
from kubectl_mcdiag.verdict.judge import TOO_LATE, judge, ordered_pairs, report
from kubectl_mcdiag.verdict.model import Consequence
from tests.scale import Mesh


def evaluated(mesh: Mesh) -> int:
    """Return how many facts are worked out to judge a mesh."""
    view = View(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()))
    tuple(judge(view, CHECKS, ordered_pairs(view.contexts, members(view))))
    return view.evaluated


def test_made_mesh_is_healthy() -> None:
    mesh = Mesh(3, 20, 3)

    found = report(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)

    assert {each.status for each in found.pairs} == {Status.PASS}
    assert found.root_causes == ()
    assert found.unknowns == ()


def test_facts_grow_linearly_with_services() -> None:
    few, more, many = (evaluated(Mesh(2, services, 2)) for services in (20, 40, 80))

    assert many - more == pytest.approx(2 * (more - few), rel=0.05)


def test_no_fact_is_worked_out_for_each_endpoint() -> None:
    assert evaluated(Mesh(2, 20, 2)) == evaluated(Mesh(2, 20, 20))


def test_facts_grow_linearly_with_pairs() -> None:
    few, more, many = (evaluated(Mesh(clusters)) / (clusters * (clusters - 1)) for clusters in (4, 8, 16))

    assert many < more < few


def recalled(mesh: Mesh) -> int:
    """Return how many times a fact is looked up to judge a mesh."""
    view = Counting(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()))
    tuple(judge(view, CHECKS, ordered_pairs(view.contexts, members(view))))
    return view.recalled


class Counting(View):
    """A view that counts what is looked up in it."""

    recalled = 0

    def recall(self, key: Any, work: Callable[[], Any]) -> Any:
        """Return a fact as ever."""
        self.recalled += 1
        return super().recall(key, work)


def test_facts_looked_up_grow_linearly_with_pairs() -> None:
    few, many = (recalled(Mesh(clusters)) / (clusters * (clusters - 1)) for clusters in (8, 24))

    assert many < few * 1.1


def test_findings_are_not_compared_with_every_other() -> None:
    pairs_of_few, pairs_of_many = 10 * 9, 20 * 19

    assert compared(20) / pairs_of_many <= compared(10) / pairs_of_few


def compared(clusters: int) -> int:
    """Return how many findings are compared, where calls of all pairs fail for a reason of their own."""
    names = tuple(f"cluster{number}" for number in range(clusters))
    cause = next(check for check in CHECKS if Symptom.NOT_LEARNED in check.leads_to)
    effect = next(check for check in CHECKS if check.symptom is Symptom.NOT_LEARNED)
    found = [
        Consequence(check, Finding(Status.FAIL, Scope((), (pair,), service), f"{check.code} {pair} {service}", ()))
        for check in (cause, effect)
        for pair in ordered_pairs(names, ())
        for service in ("a.sample", "b.sample")
    ]
    findings = Findings(found)

    causes = folded(findings)

    assert {each.check.code for each in causes} == {cause.code}
    assert all(each.consequences for each in causes)
    return findings.compared


def test_each_text_is_cleaned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = Mesh(6, dead=2)
    found = report(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)
    seen: list[str] = []
    monkeypatch.setattr(clean, "masked", lambda text: seen.append(text) or text)

    clean.cleaned(found)

    assert len(seen) < 1.1 * len(set(seen))


def test_each_certificate_is_read_once() -> None:
    certificates._certificate.cache_clear()
    evaluated(Mesh(8))
    few = certificates._certificate.cache_info().misses

    certificates._certificate.cache_clear()
    evaluated(Mesh(16))

    assert certificates._certificate.cache_info().misses <= few


def test_new_answer_forgets_only_what_has_read_it() -> None:
    mesh = Mesh(2, 5, 2)
    view = View(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()))
    tuple(judge(view, CHECKS, ordered_pairs(view.contexts, members(view))))
    whole = view.evaluated

    view.forget(("networkz", "cluster1", "nobody.istio-system"))
    tuple(judge(view, CHECKS, ordered_pairs(view.contexts, members(view))))

    assert view.evaluated == whole


def test_few_dead_clusters_of_many_hold_up_nobody() -> None:
    mesh = Mesh(10, dead=2)
    asked = collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce())

    found = report(asked, CHECKS)

    assert [each.context for each in found.unreachable] == ["cluster9", "cluster10"]
    alive = [each for each in found.pairs if not {"cluster9", "cluster10"} & {each.pair.source, each.pair.destination}]
    assert {each.status for each in alive} == {Status.PASS}


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
def test_run_leaves_no_cycles_for_a_collector_to_find() -> None:
    mesh = Mesh(6, 20, 3, dead=2)

    report(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)

    assert gc.collect() < 50


def test_how_units_came_out_is_kept_once_for_all_checks() -> None:
    mesh = Mesh(8)

    found = report(collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)

    units = [unit for result in found.results for unit in result.units]
    assert len({id(unit) for unit in units}) < len(units) / 4


@pytest.mark.parametrize("judged", [0, 1, 40, 400, 700])
def test_what_there_was_no_time_to_judge_is_unknown(judged: int) -> None:
    mesh = Mesh(3)
    asked = collect(mesh, mesh.blank, time.monotonic() + 60, executor=AtOnce())
    left = iter(range(judged))

    found = report(asked, CHECKS, is_over=lambda: next(left, None) is None)

    assert {each.status for each in found.pairs} == {Status.UNKNOWN}
    assert [each.reason for each in found.unknowns] == [TOO_LATE]
    unknown = [each.check.code for each in found.results if each.status is Status.UNKNOWN]
    assert unknown == [*found.unknowns[0].codes]
    assert (len(unknown) < len(CHECKS)) == (judged > 1)

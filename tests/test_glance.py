"""What somebody who must act sees at a glance: 24 rows of a terminal of 80 columns, and of every recorded mesh."""

import re
from dataclasses import replace
from functools import cache

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.fixes import restarted
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action, Object
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.report.text.room import IN_VIEW, ROWS, height
from kubectl_mcdiag.verdict.model import PairVerdict, Report
from tests.scenarios import FIXTURES, Scenario, judged, replay, scenarios, snapshot

WIDTH = 80
MANY = 10
ROOTS = Scenario(FIXTURES / "1.31" / "roots-differ")
HEADINGS = re.compile(r"   (Fix \(.*\)|What to do)")


@cache
def lines(scenario: Scenario) -> list[str]:
    return drawn(replay(scenario))


def drawn(report: Report, **style: bool) -> list[str]:
    return FORMATS["text"](report, Style(WIDTH, **style)).splitlines()


def simple() -> list[Scenario]:
    """Return the recordings of two clusters and one cause."""
    return [one for one in scenarios() if len(replay(one).clusters) == 2 and len(replay(one).root_causes) == 1]


def test_one_cause_takes_forty_rows_at_most() -> None:
    assert len(simple()) > 200
    assert {one.name: height(lines(one), WIDTH) for one in simple() if height(lines(one), WIDTH) > ROWS} == {}


def test_cause_and_fix_are_in_view() -> None:
    for one in simple():
        cause = replay(one).root_causes[0]
        first = " ".join(" ".join(lines(one)[:6]).split())
        place = next(number for number, line in enumerate(lines(one)) if HEADINGS.fullmatch(line))

        assert f"Cause {cause.finding.headline} ({cause.check.code}) Fix " in first, one.name
        assert height(lines(one)[: place + 1], WIDTH) <= IN_VIEW, one.name


def test_last_lines_name_the_cause_and_the_exit_code() -> None:
    for one in simple():
        last = " ".join(lines(one)[-3:])

        assert replay(one).root_causes[0].check.code in last, one.name
        assert re.search(r"Exit [013]\b", last), one.name


@pytest.mark.parametrize("services", [1, 300])
@pytest.mark.parametrize("workloads", [1, 63])
def test_many_services_and_workloads_do_not_lengthen_a_report(services: int, workloads: int) -> None:
    report, few = replay(ROOTS), height(lines(ROOTS), WIDTH)
    names = tuple(f"shop-{number:03}.shop" for number in range(services))
    targets = tuple(Object("cluster2", "deployment", f"shop-{number:02}", "shop") for number in range(workloads))
    fix = restarted(View(snapshot(ROOTS)), targets, say("restarts it"))
    cause = report.root_causes[0]
    scope = replace(cause.finding.scope, services=names)
    many = replace(cause, finding=replace(cause.finding, scope=scope, fix=fix))
    pairs = tuple(replace(pair, services=names, failing=names) for pair in report.pairs)

    found = drawn(replace(report, root_causes=(many,), pairs=pairs, services=names))

    assert height(found, WIDTH) <= few + MANY
    assert len(fix) == 2


def test_heading_of_the_fix_is_the_brightest_line() -> None:
    painted = [line for line in drawn(replay(ROOTS), colour=True) if "\x1b[1;7m" in line]

    assert [re.sub(r"\x1b\[[\d;]*m", "", line).strip() for line in painted] == ["Fix (disruptive, needs input)"]


def test_every_finding_says_what_to_do() -> None:
    """What only shows something is no fix: it takes words on whom to ask, or what to look for."""
    silent = {
        one.check.code for scenario in scenarios() for one in judged(scenario)[1] if any(map(is_silent, one.findings))
    }

    assert silent == set()


def is_silent(finding: Finding) -> bool:
    acts = any(step.action is not Action.SHOW for step in finding.fix)
    return finding.status is not Status.NOTE and not acts and not finding.advice


def test_every_cause_says_how_to_verify() -> None:
    for one in scenarios():
        causes = min(5, len(replay(one).root_causes))

        assert sum("Verify: kubectl mcdiag check" in line for line in lines(one)) == causes, one.name


def test_fault_of_a_service_is_no_dead_pair() -> None:
    services = tuple(f"s{number}.shop" for number in range(303))
    pair = PairVerdict(Pair("cluster1", "cluster2"), Status.FAIL, services=services, failing=services[:3])
    found = drawn(replace(replay(ROOTS), pairs=(pair,), root_causes=(), services=services))

    assert found[0] == "FAIL  3 of 303 services are affected: s0.shop, s1.shop, s2.shop; the other"
    assert "part 300/303" in "\n".join(found)


def test_calls_that_stay_local_are_not_called_ok() -> None:
    kept = [one for one in scenarios() if any(pair.is_local for pair in replay(one).pairs)]

    assert kept
    for one in kept:
        notes = " ".join(" ".join(lines(one)).split())
        for pair in (pair for pair in replay(one).pairs if pair.is_local):
            row = next(line for line in lines(one) if line.startswith(f"  {pair.pair.source} ")).split()
            assert "local" in row, one.name
            assert all(code in notes for code in pair.kept_by), one.name

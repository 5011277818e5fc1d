"""Where a root cause shows: the path of a call that it breaks, and what the cap on deep readings left out."""

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path import touched
from kubectl_mcdiag.path.hop import Kind, State
from kubectl_mcdiag.path.trace import paths
from kubectl_mcdiag.report.causes import root_cause
from kubectl_mcdiag.report.document import document
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.report.text.report import text
from kubectl_mcdiag.report.words import remarks
from kubectl_mcdiag.verdict.judge import report
from tests.edits import mesh
from tests.scenarios import Scenario, replay, scenarios

PAIR = Pair("cluster1", "cluster2")


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_path_of_a_failure_ends_where_a_call_of_its_breaks(scenario: Scenario) -> None:
    for cause in replay(scenario).root_causes:
        if cause.path is None:
            continue
        assert cause.finding.status is Status.FAIL
        assert cause.path.hops[-1].state is State.BROKEN
        assert any(cause.path.call.pair in part.finding.scope.pairs for part in cause.parts)


def test_failure_shows_its_path_in_every_format() -> None:
    found = report(mesh("route-to-nowhere"), CHECKS)
    (cause,) = found.root_causes
    line = "Path to helloworld.sample:5000: name ok, route FAIL"

    assert line in text(found, Style())
    wide = "\n".join(root_cause(1, cause, Style(width=200)))
    assert "to helloworld.sample:5000 in cluster2" in wide
    assert "route       FAIL       cluster1 routes requests to helloworld.sample to outbound" in wide
    (told,) = document(found)["rootCauses"]
    assert [(hop["hop"], hop["state"]) for hop in told["path"]["hops"]] == [("name", "works"), ("route", "broken")]


def test_warning_and_what_no_call_follows_have_no_path() -> None:
    warned = report(mesh("istiod-down"), CHECKS).root_causes
    missing = report(mesh("service-missing"), CHECKS).root_causes

    assert {cause.path for cause in (*warned, *missing)} == {None}
    assert "Path of" not in "\n".join(root_cause(1, missing[0], Style()))


def test_what_the_cap_left_out_is_neither_ok_nor_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touched, "MOST", 0)
    snap = mesh("route-to-nowhere")
    found = report(snap, CHECKS)
    (path,) = (one for one in paths(View(snap), PAIR) if one.call.service == "helloworld.sample")

    assert found.left_out == ("helloworld.sample",)
    assert remarks(found)[-1].startswith("Calls were not looked into, because others came first: helloworld.sample")
    for kind in (Kind.ROUTE, Kind.ADMISSION):
        hop = path.hop(kind)
        assert hop is None or (hop.state, hop.note) == (State.IDLE, touched.LEFT_OUT)

"""Waiting: all checks first, then what is not green, then all again; never longer than asked."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from kubectl import kubeconfig, stand_in

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli import waiting
from kubectl_mcdiag.cli.main import exit_code, main
from kubectl_mcdiag.cli.waiting import Ask, Checks, Patience, concerned, until_green
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.run.terminal import Stop
from kubectl_mcdiag.verdict.model import Report, UnitResult
from tests.scenarios import FIXTURES, Scenario, replay

BROKEN = replay(Scenario(FIXTURES / "1.31" / "remote-secret-missing"))
HEALTHY = replay(Scenario(FIXTURES / "1.31" / "healthy-multi-network"))


def patience(seconds: float, stop: Stop | None = None) -> Patience:
    return Patience(seconds, lambda found: exit_code(found, "fail") == 0, stop or Stop())


def answers(*reports: Report) -> tuple[Ask, list[Checks]]:
    """Return what answers with these reports in turn, the last one for ever, and the checks it was asked for."""
    asked: list[Checks] = []

    def ask(checks: Checks, again: frozenset[str] | None) -> Report:
        asked.append(checks)
        return reports[min(len(asked), len(reports)) - 1]

    return ask, asked


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.0)


def test_green_mesh_is_asked_once(capsys: pytest.CaptureFixture[str]) -> None:
    ask, asked = answers(HEALTHY)

    assert until_green(ask, CHECKS, patience(60)) is HEALTHY
    assert asked == [CHECKS]
    assert capsys.readouterr().err == ""


def test_only_what_is_not_green_is_asked_again_and_all_at_last(capsys: pytest.CaptureFixture[str]) -> None:
    ask, asked = answers(BROKEN, BROKEN, BROKEN, HEALTHY, HEALTHY)

    assert until_green(ask, CHECKS, patience(60)) is HEALTHY
    assert [len(checks) for checks in asked] == [len(CHECKS), 3, 3, 3, len(CHECKS)]
    assert [check.code for check in asked[1]] == ["MC301", "MC503", "MC504"]
    assert capsys.readouterr().err == "waiting 60 s at most for MC301, MC503, MC504\n"


def test_mesh_that_breaks_again_is_waited_for_again() -> None:
    ask, asked = answers(BROKEN, HEALTHY, BROKEN, HEALTHY, HEALTHY)

    assert until_green(ask, CHECKS, patience(60)) is HEALTHY
    assert [len(checks) for checks in asked] == [len(CHECKS), 3, len(CHECKS), 3, len(CHECKS)]


def test_time_that_is_out_gives_the_whole_report() -> None:
    ask, asked = answers(BROKEN)

    assert until_green(ask, CHECKS, patience(0.05)) is BROKEN
    assert asked[-1] == CHECKS


def test_signal_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 60.0)
    stop = Stop()
    stop.signal = 15
    began = time.monotonic()
    ask, asked = answers(BROKEN)

    assert until_green(ask, CHECKS, patience(60, stop)) is BROKEN
    assert (time.monotonic() - began) < 5
    assert asked == [CHECKS]


def test_command_waits_for_clusters_that_do_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = "echo 'The connection to the server east:6443 was refused' >&2; exit 1"
    asked = stand_in(tmp_path, kubeconfig("east", "west"), refused, monkeypatch)
    monkeypatch.setattr(waiting, "PAUSE", 0.3)
    code = main(["kubectl-mcdiag", "check", "--context", "east,west", "--wait", "1s", "--only", "MC101"])

    assert code == 3
    assert asked.read_text().count("config view") > 1
    assert "waiting 1 s at most for MC101\n" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--bundle", "--save"])
def test_recording_is_not_waited_for(option: str, tmp_path: Path) -> None:
    assert main(["kubectl-mcdiag", "check", option, str(tmp_path / "x"), "--wait", "1s"]) == 2


def test_pauses_grow_and_what_cannot_have_changed_is_asked_at_the_longest_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 5.0)
    pauses: list[float] = []
    again: list[frozenset[str] | None] = []

    def paused(until: float, end: float, stop: Stop) -> bool:
        pauses.append(round(until - time.monotonic()))
        return len(pauses) < 6

    def ask(_checks: Checks, contexts: frozenset[str] | None) -> Report:
        again.append(contexts)
        return BROKEN

    monkeypatch.setattr(waiting, "_paused", paused)
    until_green(ask, CHECKS, patience(600))

    both = frozenset({"cluster1", "cluster2"})
    assert pauses == [5, 10, 20, 30, 30, 30]
    assert again == [None, both, both, None, None, None, None]


@pytest.mark.parametrize(
    ("unit", "contexts"),
    [
        ("cluster3", {"cluster3"}),
        (Pair("cluster1", "cluster3"), {"cluster1", "cluster3"}),
        (None, {"cluster1", "cluster2", "cluster3"}),
    ],
)
def test_clusters_concerned_are_those_of_what_is_not_green(unit: str | Pair | None, contexts: set[str]) -> None:
    whole = replay(Scenario(FIXTURES / "1.31" / "healthy-three-clusters"))
    first, *others = whole.results
    bad = replace(first, status=Status.UNKNOWN, units=(UnitResult(unit, Status.UNKNOWN),))

    assert concerned(replace(whole, results=(bad, *others))) == contexts

"""`diff` compares two recordings: what is new, what is gone, and how the pairs stand now."""

import json
from pathlib import Path

import pytest

from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.report.changes import compared, text
from kubectl_mcdiag.report.style import UNICODE, Style
from tests.scenarios import FIXTURES, Scenario, replay

HEALTHY = FIXTURES / "1.31" / "healthy-multi-network"
BROKEN = FIXTURES / "1.31" / "remote-secret-missing"
TWICE = FIXTURES / "1.31" / "roots-differ-and-secret-missing"


def diff(old: Path, new: Path, *words: str) -> int:
    return main(["kubectl-mcdiag", "diff", str(old), str(new), *words])


def test_new_fault_is_shown_with_its_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(HEALTHY, BROKEN) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("was  OK  cluster1 ")
    assert lines[1].startswith("now  FAIL  cluster1 ")
    assert [line.split(": ")[1].split()[::2] for line in lines if line.startswith("     ")] == [["ok", "FAIL"]]
    assert "+ MC301  cluster1 has no remote secret for cluster2" in lines


def test_fault_that_is_gone_is_shown_and_the_exit_code_is_that_of_the_new_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert diff(BROKEN, HEALTHY, "-o", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["gone"] == ["MC301  cluster1 has no remote secret for cluster2"]
    assert (found["new"], found["still"]) == ([], [])
    assert [(pair["old"], pair["new"]) for pair in found["pairs"]] == [("FAIL", "ok")]


def test_fault_that_stays_is_no_change() -> None:
    one, two = replay(Scenario(BROKEN)), replay(Scenario(TWICE))
    found = compared(one, two, UNICODE)

    assert found.still == ("MC301  cluster1 has no remote secret for cluster2",)
    assert [said[:5] for said in found.new] == ["MC201"]
    assert compared(one, one, UNICODE).is_empty
    assert text(compared(one, one, UNICODE), Style(80)).endswith("nothing has changed\n")


def test_recording_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(HEALTHY, Path("/nowhere")) == 2
    assert capsys.readouterr().err.startswith("error: ")

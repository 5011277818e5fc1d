"""The ignore file: what is set apart does not count, and nothing else becomes better."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kubectl_mcdiag.cli.main import exit_code, main
from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.verdict.ignore import Entry, applied, parse
from kubectl_mcdiag.verdict.model import Report, Unknown
from tests.scenarios import FIXTURES, Scenario, replay

BROKEN = Scenario(FIXTURES / "1.31" / "remote-secret-missing")
TWO_FAULTS = Scenario(FIXTURES / "1.31" / "no-address-and-label-missing")
ONE_PAIR = Scenario(FIXTURES / "1.31" / "two-faults-one-direction")
THERE = Pair("cluster1", "cluster2")
BACK = Pair("cluster2", "cluster1")
FAR = date(9999, 12, 31)


def entry(code: str = "MC301", **changed: object) -> Entry:
    return replace(Entry(code, "known", FAR), **changed)


def verdict(report: Report, pair: Pair) -> tuple[Status, bool]:
    (found,) = (each for each in report.pairs if each.pair == pair)
    return found.status, found.ignored


def test_file_is_read() -> None:
    entries = parse(
        """
        ignore:
          - code: mc405
            clusters: [east]
            pairs: ["east -> west", "west → east"]
            service: hello.sample
            reason: the network is renamed, OPS-123
            until: 2026-12-31
        """
    )

    pairs = (Pair("east", "west"), Pair("west", "east"))
    reason = "the network is renamed, OPS-123"
    assert entries == (Entry("MC405", reason, date(2026, 12, 31), ("east",), pairs, "hello.sample"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ignore: [{code: MC301, until: 2026-12-31}]", "entry 1 has no reason"),
        ("ignore: [{code: MC301, reason: x}]", "entry 1 has no until"),
        ("ignore: [{code: MC301, reason: x, until: soon}]", "until is soon, not a day"),
        ("ignore: [{code: MC301, reason: x, until: 2026-12-31, cluster: a}]", "entry 1 has cluster, which"),
        ("ignore: [{code: MC301, reason: x, until: 2026-12-31, pairs: [a]}]", "'a' is not a pair"),
        ("ignored: []", "the file has ignored, which"),
        ("ignore: MC301", "expected a list"),
        ("{", "not YAML"),
    ],
)
def test_file_that_is_wrong_is_refused(text: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        parse(text)


def test_ignored_root_cause_is_shown_and_does_not_count() -> None:
    report = applied(replay(BROKEN), [entry()])

    assert report.root_causes == ()
    assert [each.cause.check.code for each in report.ignored] == ["MC301"]
    assert exit_code(report, "warn") == 0
    assert report.status is Status.PASS
    assert verdict(report, THERE) == (Status.FAIL, True)
    assert verdict(report, BACK) == (Status.PASS, False)
    assert report.remarks == ()


@pytest.mark.parametrize(
    "scope",
    [{"clusters": ("cluster2",)}, {"pairs": (BACK,)}, {"service": "helloworld.sample"}, {"code": "MC303"}],
)
def test_entry_of_another_scope_covers_nothing_and_is_said(scope: dict[str, object]) -> None:
    before = replay(BROKEN)
    report = applied(before, [entry(**scope)])

    assert report.root_causes == before.root_causes
    assert report.pairs == before.pairs
    assert exit_code(report, "fail") == 1
    assert ["matches nothing that was found" in each for each in report.remarks] == [True]


@pytest.mark.parametrize("scope", [{"clusters": ("cluster1", "cluster3")}, {"pairs": (THERE, BACK)}])
def test_entry_of_a_wider_scope_covers(scope: dict[str, object]) -> None:
    assert applied(replay(BROKEN), [entry(**scope)]).root_causes == ()


def test_entry_holds_on_its_last_day_and_is_said_when_expired() -> None:
    before = replay(BROKEN)
    day = before.taken_at.date()

    assert applied(before, [entry(until=day)]).root_causes == ()

    expired = applied(before, [entry(until=date.fromordinal(day.toordinal() - 1))])
    assert expired.root_causes == before.root_causes
    assert ["expired on" in each for each in expired.remarks] == [True]


def test_what_else_is_wrong_still_counts() -> None:
    before = replay(TWO_FAULTS)
    first, second = before.root_causes
    report = applied(before, [entry(first.check.code)])

    assert [each.check.code for each in report.root_causes] == [second.check.code]
    assert exit_code(report, "fail") == 1
    assert {each.ignored for each in report.pairs} == {True, False}


def test_pair_with_another_failure_stays_broken() -> None:
    before = replay(ONE_PAIR)
    first, second = before.root_causes
    report = applied(before, [entry(first.check.code)])
    (pair,) = (each for each in report.pairs if each.status is Status.FAIL)

    assert (pair.pair, pair.ignored, pair.root_causes) == (THERE, False, (second.check.code,))


def test_unknown_stays_unknown() -> None:
    unknown = Unknown("cluster2: no permission to list secrets", ("cluster2",), (THERE,), ("MC302",))
    report = applied(replace(replay(BROKEN), unknowns=(unknown,)), [entry()])

    assert verdict(report, THERE) == (Status.UNKNOWN, False)
    assert exit_code(report, "fail") == 3


def test_junit_skips_what_is_ignored_and_says_why() -> None:
    report = applied(replay(BROKEN), [entry(reason="known since May")])
    root = ElementTree.fromstring(FORMATS["junit"](report, Style()))

    assert root.attrib["failures"] == "0"
    skipped = [each.attrib["message"] for each in root.findall(".//skipped")]
    assert [message for message in skipped if "known since May" in message]
    pairs = {each.attrib["name"]: each.attrib["value"] for each in root.findall(".//property")}
    assert pairs["cluster1 → cluster2"] == "ignored"


def test_command_line_takes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "known.yaml"
    path.write_text("ignore: [{code: MC301, reason: known since May, until: 9999-12-31}]")

    assert (
        main(["kubectl-mcdiag", "check", "--bundle", str(BROKEN.path), "--ignore-file", str(path), "--only", "MC301"])
        == 0
    )
    said = " ".join(capsys.readouterr().out.split())
    assert "MC301 in cluster1; calls cluster1 → cluster2: until 9999-12-31, known since May" in said


@pytest.mark.parametrize("text", ["ignore: [{code: MC999, reason: x, until: 9999-12-31}]", "ignore: 7", None])
def test_file_that_cannot_be_used_is_a_wrong_command_line(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "known.yaml"
    if text is not None:
        path.write_text(text)

    assert main(["kubectl-mcdiag", "check", "--bundle", str(BROKEN.path), "--ignore-file", str(path)]) == 2
    assert capsys.readouterr().out == ""

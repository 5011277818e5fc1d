"""A report on a recording says so itself, in every format: it is mailed on, and stderr is not."""

import json
from html import unescape

import pytest

from kubectl_mcdiag.cli.main import FORMATS, main
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import RECORDED
from tests.impostor import HEALTHY
from tests.scenarios import FIXTURES, askable, snapshot

BROKEN = FIXTURES / "1.31" / "remote-secret-missing"
SAYING = tuple(form for form in FORMATS if form not in ("json", "yaml", "short"))
"""`short` is a line for each cause, `json` and `yaml` have a field of their own."""


def printed(form: str, capsys: pytest.CaptureFixture[str], *verb: str) -> str:
    main(["kubectl-mcdiag", *(verb or ("check",)), "--bundle", str(BROKEN), "-o", form])
    return " ".join(unescape(capsys.readouterr().out).split())


@pytest.mark.parametrize("form", SAYING)
def test_report_on_a_recording_says_whose_contexts_it_has(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert RECORDED in printed(form, capsys)


def test_document_of_a_recording_says_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed("json", capsys))["source"] == "recording"
    assert "source: recording" in printed("yaml", capsys)


def test_trace_of_a_recording_says_it_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert RECORDED in printed("text", capsys, "trace", "helloworld.sample")


@pytest.mark.parametrize("form", SAYING)
def test_report_on_clusters_says_nothing_of_recordings(form: str) -> None:
    from kubectl_mcdiag.report import FORMATS as RENDERERS
    from kubectl_mcdiag.report import Style

    live = report(snapshot(HEALTHY), askable(HEALTHY))
    assert "Read from a recording" not in RENDERERS[form](live, Style())
    assert load_yaml(RENDERERS["json"](live, Style()))["source"] == "clusters"

"""The words of each rule once: what it says of one recorded mesh, and what it would have an operator paste.

A family's `words.yaml` holds the recording and the words of each code; `--update` writes them, to be read in the diff.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from kubectl_mcdiag.verdict.judge import printable
from tests.scenarios import FIXTURES, Scenario, judged


class _Plain(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


_Plain.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def compare(folder: Path, request: pytest.FixtureRequest) -> None:
    """Compare the words of a family's rules with those in its folder."""
    path = folder / "words.yaml"
    wanted: dict[str, Any] = load_yaml(path.read_text("utf-8"))
    found = {
        code: {"recording": entry["recording"], **_words(entry["recording"], code)} for code, entry in wanted.items()
    }
    if request.config.getoption("--update"):
        path.write_text(yaml.dump(found, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110), "utf-8")
        wanted = found

    assert found == wanted


def _words(recording: str, code: str) -> dict[str, Any]:
    outcomes = judged(Scenario(FIXTURES / recording))[1]
    first = next(finding for one in outcomes if one.check.code == code for finding in one.findings)
    return {key: value for key, value in _said(printable(first)).items() if value}


def _said(finding: Finding) -> dict[str, Any]:
    return {
        "problem": str(finding.problem),
        "detail": str(finding.detail),
        "advice": str(finding.advice),
        "evidence": [{"command": each.command, "shows": each.excerpt} for each in finding.evidence],
        "fix": [
            {"marks": sorted(mark.value for mark in step.marks), "why": str(step.why), "command": step.command}
            for step in finding.fix
        ],
    }

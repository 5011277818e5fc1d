"""Commands, exit codes and messages, on recordings."""

import json

import pytest
from jsonschema import Draft202012Validator

from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.report import FORMATS, Style
from tests.scenarios import FIXTURES, replay, sample

HEALTHY = str(FIXTURES / "1.31" / "healthy-multi-network")
BROKEN = str(FIXTURES / "1.31" / "remote-secret-missing")
WARNED = str(FIXTURES / "1.31" / "remote-secret-key")
SCHEMA = Draft202012Validator(
    json.loads((FIXTURES.parent / "kubectl_mcdiag" / "report" / "report.schema.json").read_text("utf-8"))
)


def mcdiag(*args: str) -> int:
    return main(["kubectl-mcdiag", *args])


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("check", "--bundle", HEALTHY), 0),
        (("check", "--bundle", BROKEN), 1),
        (("check", "--bundle", BROKEN, "-o", "json"), 1),
        (("check", "--bundle", BROKEN, "--only", "MC110"), 0),
        (("check", "--bundle", WARNED), 0),
        (("check", "--bundle", WARNED, "--fail-on", "warn"), 1),
        (("check", "--bundle", "/nowhere"), 2),
        (("check", "--only", "MC999", "--bundle", HEALTHY), 2),
        (("explain", "MC999"), 2),
        (("nonsense",), 2),
        (("version",), 0),
        (("list",), 0),
        (("list", "commands"), 0),
        (("list", "permissions"), 0),
        (("--help",), 0),
    ],
)
def test_exit_code(args: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert mcdiag(*args) == code
    assert "Traceback" not in capsys.readouterr().err


def test_help_says_kubectl_mcdiag(capsys: pytest.CaptureFixture[str]) -> None:
    mcdiag("check", "--help")

    assert capsys.readouterr().out.startswith("Usage: kubectl mcdiag check")


def test_explain_shows_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    mcdiag("explain", "mc301")

    assert capsys.readouterr().out.startswith("MC301: The istiods that serve a cluster hold a remote secret")


def test_report_keeps_to_its_schema(thorough: bool) -> None:
    for scenario in sample(thorough):
        SCHEMA.validate(json.loads(FORMATS["json"](replay(scenario), Style())))

"""What users of kubectl expect of any tool: outputs, a configuration file, quiet, watching, the version."""

import json
import re
import subprocess  # noqa: TID251 - a signal is sent to the whole tool
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kubectl import kubeconfig, stand_in

from kubectl_mcdiag import ISTIO, __version__
from kubectl_mcdiag.cli import config, watching
from kubectl_mcdiag.cli.main import FORMATS, main
from kubectl_mcdiag.cli.watching import gist
from kubectl_mcdiag.report.severity import shown
from kubectl_mcdiag.report.words import exit_text
from kubectl_mcdiag.run.progress import progress
from kubectl_mcdiag.run.terminal import Stop
from kubectl_mcdiag.sources.tools import tools
from tests.impostor import Impostor
from tests.scenarios import FIXTURES, Scenario, replay

BROKEN = FIXTURES / "1.31" / "remote-secret-missing"
WARNED = FIXTURES / "1.31" / "remote-secret-key"
CONFIG = kubeconfig("prod-east", "prod-west", "stage", current="stage")
REFUSED = "echo 'The connection to the server was refused' >&2; exit 1"
FEW = ("--only", "MC101")


def mcdiag(*args: str) -> int:
    return main(["kubectl-mcdiag", *args])


def asked(log: Path) -> set[str]:
    """Return the contexts that were asked."""
    return {line.split()[1] for line in log.read_text().splitlines() if "config view" not in line}


def test_version_says_what_it_works_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert mcdiag("--version") == mcdiag("version") == 0
    short, *_ = out = capsys.readouterr().out.splitlines()

    versions = sorted({path.parts[-3] for path in FIXTURES.glob("*/*/bundle.yaml")})
    assert (versions[0], versions[-1]) == ISTIO
    assert short == f"kubectl-mcdiag {__version__}"
    assert out[1:] == [short, f"Istio {ISTIO[0]} to {ISTIO[1]}, kubectl 1.26 or newer"]


def test_version_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys; from kubectl_mcdiag.cli.main import FORMATS, main; main(['kubectl-mcdiag', 'version']);"
        "print(*sorted({'yaml', 'sh', 'difflib', 'cryptography', 'tabulate'} & set(sys.modules)))"
    )
    said = Impostor(Path("/nowhere")).run(program=(sys.executable, "-c", code))

    assert (said.code, said.out.splitlines()[2]) == (0, "")


def test_several_outputs_are_written_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {form: tmp_path / form for form in ("json", "html", "text")}
    args = [part for form, path in files.items() for part in ("-o", f"{form}={path}")]

    assert mcdiag("check", "--bundle", str(BROKEN), *args, "-o", "markdown") == 1
    assert [cause["code"] for cause in json.loads(files["json"].read_text())["rootCauses"]] == ["MC301"]
    assert files["html"].read_text().startswith("<!DOCTYPE html>")
    assert "\x1b" not in files["text"].read_text()
    assert capsys.readouterr().out.startswith("#")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["html", "json", "text"]


@pytest.mark.parametrize(
    ("outputs", "code", "said"),
    [
        (("json", "text"), 2, "two outputs go to stdout; write all but one as FORMAT=FILE"),
        (("json=x", "html=x"), 2, "two outputs go to the file x"),
        (("jsn",), 2, "'jsn' is not FORMAT or FORMAT=FILE"),
        (("json=",), 2, "'json=' is not FORMAT or FORMAT=FILE"),
        (("json=/nowhere/x",), 3, "/nowhere/x could not be written: No such file or directory"),
    ],
)
def test_output_that_cannot_be_is_refused(
    outputs: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mcdiag("check", "--bundle", str(BROKEN), *(part for each in outputs for part in ("-o", each))) == code
    assert said in capsys.readouterr().err


WRITTEN_DOWN = ("README.md", "Makefile", "examples/github-workflow.yml", "kubectl_mcdiag/cli/check.py")


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_outputs_that_are_written_down_exist(name: str) -> None:
    text = (FIXTURES.parent / name).read_text("utf-8").replace("\\\n", " ")
    lines = "\n".join(line for line in text.splitlines() if "mcdiag check " in line or "for format in" in line)
    tried = " ".join(re.findall(r"for format in ([\w ]+);", lines)).split()
    typed = [*re.findall(r"-o (\w+)", lines), *tried]

    assert typed
    assert [form for form in typed if form not in FORMATS] == []


def test_less_severe_findings_are_left_out_and_the_exit_code_stays(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("check", "--bundle", str(WARNED), "--fail-on", "warn")

    assert mcdiag(*args) == mcdiag(*args, "--min-severity", "fail") == 1
    whole, less = capsys.readouterr().out.split("\nDetails: ", 1)
    assert "\n1  MC304  " in whole
    assert "\n1  MC304  " not in less
    assert "1 warning left out (--min-severity fail)" in less


def test_report_of_the_least_severity_is_whole() -> None:
    report = replay(Scenario(WARNED))

    assert shown(report, "note") == report
    assert [each.root_causes for each in shown(report, "fail").pairs] == [()] * len(report.pairs)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (None, "exit 1: at least one root cause"),
        (1, "exit 1: at least one root cause"),
        (130, "exit 130: interrupted before all was read"),
        (143, "exit 143: terminated before all was read"),
        (129, "exit 129: ended by a signal before all was read"),
    ],
)
def test_last_line_has_the_exit_code_of_the_run(code: int | None, text: str) -> None:
    assert exit_text(replace(replay(Scenario(BROKEN)), exit_code=code)) == text


@pytest.mark.parametrize(
    ("given", "contexts"),
    [
        (("prod-*",), {"prod-east", "prod-west"}),
        (("prod-?est", "stage"), {"prod-west", "stage"}),
        (("*",), {"prod-east", "prod-west", "stage"}),
        (("prod-east",), {"prod-east"}),
    ],
)
def test_context_may_be_a_pattern(
    given: tuple[str, ...], contexts: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)

    assert mcdiag("check", *(part for each in given for part in ("--context", each)), *FEW) == 3
    assert asked(log) == contexts


def test_pattern_that_matches_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)

    assert mcdiag("check", "--context", "dev-*") == 2
    assert "the kubeconfig has no context that matches 'dev-*'; it has: prod-east" in capsys.readouterr().err
    assert asked(log) == set()


def test_variables_that_choose_clusters_are_said_unless_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)
    monkeypatch.setenv("CTX_CLUSTER1", "prod-east")

    mcdiag("check", *FEW)
    assert capsys.readouterr().err == "contexts of $CTX_CLUSTER1, …: prod-east (--context chooses others)\n"
    mcdiag("check", "-q", *FEW)
    assert capsys.readouterr().err == ""
    mcdiag("check", "-q", "--context", "nosuch")
    assert capsys.readouterr().err.startswith("error: ")


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of a configuration file that is found by itself."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "kubectl-mcdiag" / "config.yaml"
    path.parent.mkdir()
    return path


def test_configuration_gives_defaults_that_flags_replace(
    configured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)
    configured.write_text("contexts: [prod-*]\nignore-file: known.yaml\n")
    (configured.parent / "known.yaml").write_text("ignore: []\n")

    assert mcdiag("check", *FEW) == 3
    assert asked(log) == {"prod-east", "prod-west"}
    assert f"contexts of {configured}: prod-*" in capsys.readouterr().err
    log.write_text("")
    assert mcdiag("check", "--context", "stage", *FEW) == 3
    assert asked(log) == {"stage"}
    assert mcdiag("check", "--bundle", str(BROKEN)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("context: [a]", "it has the key 'context'; did you mean contexts?"),
        ("contexts: a", "contexts is to be a list of names"),
        ("namespace: [a]", "namespace is to be a text"),
        ("contexts: [", "cannot be used: "),
        ("fail-on: never", "'never' is not one of"),
    ],
)
def test_configuration_that_cannot_be_used_is_refused(
    text: str, said: str, configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured.write_text(text)

    assert mcdiag("check", "--bundle", str(BROKEN)) == 2
    assert said in capsys.readouterr().err


def test_configuration_that_is_named_must_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mcdiag("check", "--bundle", str(BROKEN), "--config", str(tmp_path / "none")) == 2
    assert "cannot be read: No such file or directory" in capsys.readouterr().err
    assert config.place({"HOME": "/home/jo"}) == Path("/home/jo/.config/kubectl-mcdiag/config.yaml")


def test_tool_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kubectl").write_text("#!/bin/sh\n")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.chdir(tmp_path)

    for path in ("", ":/nowhere", "/nowhere:", ".", "/nowhere::/none", "./"):
        assert tools(path) == {"kubectl": None, "istioctl": None}
    assert tools(f":{tmp_path}")["kubectl"] == str(tmp_path / "kubectl")


def test_watching_shows_what_has_changed_until_a_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = Stop()
    broken, whole = replay(Scenario(BROKEN)), replay(Scenario(FIXTURES / "1.31" / "healthy-multi-network"))
    answers = [broken, replace(broken, taken_at=whole.taken_at), whole, broken]

    class Answering:
        question = last = type("Nothing", (), {"checks": ()})()

        def ask(self, _checks: object) -> object:
            if len(answers) == 1:
                stop.signal = 2
            return answers.pop(0)

    monkeypatch.setattr(watching, "refuse_unmatched", lambda _snapshot: None)
    seen: list[object] = []
    last = watching.watch(Answering(), seen.append, watching.Pace(0.0, stop))  # type: ignore[arg-type]

    assert [gist(each) for each in seen] == [gist(broken), gist(whole)]  # type: ignore[arg-type]
    assert last is whole


@pytest.mark.parametrize("more", [("--wait", "1s"), ("--save", "x"), ("--bundle", "x")])
def test_watching_is_for_live_clusters_alone(more: tuple[str, ...]) -> None:
    assert mcdiag("check", "--watch", *more) == 2


def test_progress_names_the_clusters_that_are_behind() -> None:
    assert progress({"": 1, "east": 9, "west": 2}, {"west": 5, "north": 3}) == "1 done · west 2/7 · north 0/3"
    assert progress({"east": 9}, {}) == ""


def test_waiting_at_a_signal_says_the_exit_code_that_it_leaves_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second signal would not wait for the report.
    stand_in(tmp_path, CONFIG, f"mkdir {tmp_path}/sent 2>/dev/null && kill -INT $PPID; sleep 30", monkeypatch)
    program = (sys.executable, "-m", "kubectl_mcdiag", "check", "--context", "prod-east,prod-west")

    ended = subprocess.run(program, capture_output=True, text=True, check=False)

    assert ended.returncode == 130
    assert "Exit 130: interrupted before all was read" in " ".join(ended.stdout.split())

"""What shells and kubectl are offered, and that nothing of it fails, speaks, waits or touches a context not chosen."""

import os
import time
from pathlib import Path

import pytest
from kubectl import kubeconfig, stand_in

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.cli.shells import SHELLS, place

CONFIG = kubeconfig("east", "west", "west-2", current="east")


def offered(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return the lines that kubectl is answered with; nothing may be said beside them."""
    assert main(["kubectl-mcdiag", "__complete", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("check", "--context", ""), ["east", "west", "west-2", ":4"]),
        (("check", "--context", "we"), ["west", "west-2", ":4"]),
        (("check", "--context=we"), ["west", "west-2", ":4"]),
        (("check", "--context", "east,we"), ["east,west", "east,west-2", ":4"]),
        (("check", "--context", "west", "--context", "we"), ["west-2", ":4"]),
        (("check", "-o", "j"), ["json", "junit", ":4"]),
        (("check", "--bundle", ""), [":0"]),
        (("collect", ""), [":0"]),
        (("explain", "mc301"), ["MC301\tistiod holds a remote secret for every other cluster", ":4"]),
    ],
)
def test_offer(
    words: tuple[str, ...],
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(tmp_path, CONFIG, "exit 1", monkeypatch)

    assert offered(capsys, *words) == lines


def test_every_code_is_offered_to_only(capsys: pytest.CaptureFixture[str]) -> None:
    lines = offered(capsys, "check", "--only", "MC301,")

    assert len(lines) == len(CHECKS)  # one is given already, and the directive stands last
    assert all(line.startswith("MC301,MC") for line in lines[:-1])


@pytest.mark.parametrize(("words", "context"), [((), "east"), (("--context", "west,east"), "west")])
def test_names_come_from_the_first_chosen_cluster_alone(
    words: tuple[str, ...],
    context: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = stand_in(tmp_path, CONFIG, "echo default sample shop", monkeypatch)

    assert offered(capsys, "check", *words, "-n", "s") == ["sample", "shop", ":4"]
    (call,) = [line for line in asked.read_text().splitlines() if "config view" not in line]
    assert call.startswith(f"--context {context} ")


def test_services_are_offered_as_names_with_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, CONFIG, "echo hello.sample; echo kubernetes.default", monkeypatch)

    assert offered(capsys, "check", "--context", "west", "he") == ["hello.sample", ":4"]


@pytest.mark.parametrize("answer", ["sleep 30", "echo 'error: no' >&2; exit 1", "printf '\\377'"])
def test_cluster_that_does_not_answer_offers_nothing_in_time(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, CONFIG, answer, monkeypatch)
    began = time.monotonic()

    assert offered(capsys, "check", "-n", "s") == [":4"]
    assert time.monotonic() - began < 3


def test_without_kubectl_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert offered(capsys, "check", "--context", "") == [":4"]


@pytest.mark.parametrize("shell", SHELLS)
def test_installed_script_is_the_printed_one(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kubectl-mcdiag").touch(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    assert main(["kubectl-mcdiag", "completion", shell]) == 0
    printed = capsys.readouterr().out
    assert main(["kubectl-mcdiag", "completion", shell, "--install"]) == 0
    path = place(shell, os.environ)

    assert capsys.readouterr().out.startswith(f"{path} is written; ")
    assert path.is_relative_to(tmp_path)
    assert path.read_text().strip() == printed.strip()
    assert os.access(path, os.X_OK) == (shell == "kubectl")


def test_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".config").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    assert main(["kubectl-mcdiag", "completion", "fish", "--install"]) == 3
    assert "cannot be written" in capsys.readouterr().err

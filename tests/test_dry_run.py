"""`make dry-run`: stand-ins through which no printed step changes anything, and which recordings it tries."""

import os
import re
import subprocess  # noqa: TID251 - the stand-ins are scripts
from pathlib import Path

import pytest

from kubectl_mcdiag.checks.steps import Action
from lab.artifacts.versions import NEWEST
from lab.dry_run.case import alone, cases
from lab.dry_run.step import TOOLS, Answer, printed
from lab.faults.reading import faults
from lab.shapes import PLAIN
from tests.pasting import fixes
from tests.scenarios import replay, scenarios

DRY = "--dry-run=server"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:+.]+|[\s'\\\\]+")
_REAL = """#!/bin/sh
for word in "$@"; do printf '%s\\037' "$word" >> {log}; done
printf '\\n' >> {log}
test ! -t 0 && cat > /dev/null
test "$1" != create || echo 'Error from server (AlreadyExists): x "a" already exists' >&2
test "$1" != create
"""


def sent(folder: Path, tool: str, *words: str) -> tuple[int, list[list[str]]]:
    """Return how a stand-in ends, and the calls that it makes of the real tool."""
    log, real = folder / "log", folder / "real"
    real.write_text(_REAL.format(log=log), "utf-8")
    real.chmod(0o755)
    environment = {**os.environ, "KUBECTL": str(real), "ISTIOCTL": str(real), "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    done = subprocess.run([str(TOOLS / tool), *words], input="{}", text=True, env=environment, capture_output=True)
    told = log.read_text("utf-8").splitlines() if log.exists() else []
    return done.returncode, [line.split("\x1f")[:-1] for line in told]


@pytest.mark.parametrize(
    "words",
    [
        ("--context", "c", "-n", "x", "patch", "service", "a", "--type=json", "-p", "[]"),
        ("--context", "c", "apply", "-f", "-"),
        ("--context", "c", "-n", "x", "delete", "secret", "a"),
        ("--context", "c", "-n", "x", "set", "env", "deployment/a", "B-"),
        ("label", "namespace", "a", "b=c"),
    ],
)
def test_what_changes_an_object_is_a_dry_run(words: tuple[str, ...], tmp_path: Path) -> None:
    assert sent(tmp_path, "kubectl", *words) == (0, [[*words, DRY]])


@pytest.mark.parametrize(
    "words", [("--context", "c", "get", "pods"), ("create", "secret", "generic", "a", "--dry-run=client", "-o", "json")]
)
def test_what_changes_nothing_is_run_as_it_is(words: tuple[str, ...], tmp_path: Path) -> None:
    assert sent(tmp_path, "kubectl", *words)[1] == [[*words]]


def test_restart_is_a_dry_run_of_its_patch(tmp_path: Path) -> None:
    code, ((*first, dry),) = sent(
        tmp_path, "kubectl", "--context", "c", "-n", "x", "rollout", "restart", "deployment/a"
    )

    assert (code, first[:7], dry) == (0, ["--context", "c", "-n", "x", "patch", "deployment/a", "--type=merge"], DRY)


def test_waiting_is_a_look(tmp_path: Path) -> None:
    assert sent(tmp_path, "kubectl", "rollout", "status", "deployment/a", "--timeout=1s")[1] == [
        ["get", "deployment/a"]
    ]


def test_replacement_by_force_is_a_deletion_and_a_creation_that_may_say_it_exists(tmp_path: Path) -> None:
    assert sent(tmp_path, "kubectl", "replace", "--force", "-f", "-") == (
        0,
        [["delete", DRY, "-f", "-"], ["create", DRY, "-f", "-"]],
    )


def test_installation_is_a_dry_run_of_what_it_would_apply(tmp_path: Path) -> None:
    code, calls = sent(tmp_path, "istioctl", "--context", "c", "install", "-y", "-f", "file")

    assert code == 0
    assert sorted(calls) == [
        ["--context", "c", "apply", "-f", "-", DRY],
        ["manifest", "generate", "--context", "c", "-f", "file"],
    ]


@pytest.mark.parametrize(
    "words", [("kubectl", "edit", "service"), ("kubectl", "rollout", "undo", "x"), ("istioctl", "x")]
)
def test_verb_without_a_dry_run_that_is_known_runs_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    assert sent(tmp_path, *words) == (64, [])


def test_every_step_of_every_recording_is_tried() -> None:
    named = {fault.name for fault in faults()} | {case.fixture.name for case in alone()}
    tried, others = set[str](), set[str]()
    for scenario in scenarios():
        changing = {step.command for fix in fixes(replay(scenario)) for step in fix if step.action is not Action.SHOW}
        (tried if scenario.path.name in named else others).update(changing)

    # Where only the time of a restart tells a step from one that is tried, it is the same.
    assert {_TIME.sub("", step) for step in others} - {_TIME.sub("", step) for step in tried} == set()
    assert all(case.is_recorded for case in alone())


def test_cases_of_a_shape_are_its_faults_and_its_recordings() -> None:
    found = list(cases(PLAIN))

    assert {case.fault.shape_name for case in found} == {PLAIN.name}
    assert {case.fixture.parent.name for case in found if case.fault.family != "recorded"} == {NEWEST}
    assert "ambient-not-global" in [case.fault.name for case in found]


def test_steps_are_those_of_causes_and_consequences_and_notes_each_once() -> None:
    def finding(*commands: str) -> dict[str, object]:
        return {"fix": [{"command": command} for command in commands]}

    report = {"rootCauses": [{**finding("a", "b"), "consequences": [finding("b", "c")]}], "notes": [finding("d")]}
    assert printed(report) == ("a", "b", "c", "d")


def test_refusal_that_was_expected_is_not_bad() -> None:
    assert Answer("a", "no").is_bad
    assert not Answer("a", "").is_bad
    assert not Answer("a", "no", is_expected=True).is_bad

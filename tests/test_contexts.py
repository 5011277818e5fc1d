"""Which contexts a run is about, and that no other is touched."""

import json
import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from kubectl import kubeconfig, stand_in

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.run.kubeconfigs import files, shadowed
from kubectl_mcdiag.verdict.judge import report
from tests.scenarios import Scenario, scenarios, snapshot

CONFIG = kubeconfig("east", "west", "north", current="east")
CALL = re.compile(r"(?:kubectl|istioctl) --context [^|]+")
FEW = ("--only", "MC101")
"""What asks a cluster for little."""
REFUSED = "echo 'The connection to the server was refused' >&2; exit 1"


def check(*args: str) -> int:
    return main(["kubectl-mcdiag", "check", "--timeout", "20s", *args])


def asked(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if "config view" not in line]


@pytest.mark.parametrize(
    ("args", "variables", "contexts"),
    [
        (("--context", "east,west"), {}, {"east", "west"}),
        (("--context", "east", "--context", "west"), {}, {"east", "west"}),
        (("--context=west",), {}, {"west"}),
        ((), {}, {"east"}),
        ((), {"CTX_CLUSTER1": "west", "CTX_CLUSTER2": "north"}, {"west", "north"}),
        (("--context", "east"), {"CTX_CLUSTER1": "west"}, {"east"}),
    ],
)
def test_only_chosen_contexts_are_asked(
    args: tuple[str, ...],
    variables: dict[str, str],
    contexts: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert check(*args, *FEW) == 3
    assert {line.split()[1] for line in asked(log)} == contexts
    assert all(line.startswith("--context ") for line in asked(log))


def test_flags_of_kubectl_are_handed_to_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)
    flags = ("--kubeconfig", "/x", "--as", "jo", "--as-group", "a", "--as-group", "b")

    assert check("--context", "east,west", *flags) == 3
    assert all(" ".join(flags) in line for line in log.read_text().splitlines())
    assert f"kubectl --context west {' '.join(flags)} get --raw /readyz" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("level", "told", "untold"),
    [
        ("5", [], ["kubectl"]),
        ("6", ["kubectl --context east get pods -A -o wide"], ["jsonpath", "exit 1"]),
        ("7", ["exit 1, 0 characters"], ["jsonpath"]),
        ("9", ["jsonpath", "--request-timeout="], []),
    ],
)
def test_verbosity_tells_commands_as_kubectl_tells_requests(
    level: str,
    told: list[str],
    untold: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(tmp_path, CONFIG, "echo 'error: Bearer abcdefghijkl' >&2; exit 1", monkeypatch)
    check("--context", "east", "-v", level, "-o", "junit", *FEW)

    err = capsys.readouterr().err
    assert all(text in err for text in told)
    assert not any(text in err for text in untold)
    assert "abcdefghijkl" not in err


def test_two_contexts_of_one_user_and_cluster_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(CONFIG)
    document["contexts"].append({"name": "again", "context": {"cluster": "east", "user": "east", "namespace": "x"}})
    document["contexts"].append({"name": "other-user", "context": {"cluster": "east", "user": "west"}})
    log = stand_in(tmp_path, json.dumps(document), REFUSED, monkeypatch)

    assert check("--context", "east,again") == 2
    assert "'east' and 'again' lead to one cluster" in capsys.readouterr().err
    assert asked(log) == []
    # A proxy can tell clusters apart by the user alone.
    assert check("--context", "east,other-user", *FEW) == 3


def written(path: Path, token: str, context: str) -> Path:
    """Write a kubeconfig as kubeadm does: everything but the context has a usual name."""
    document = {
        "contexts": [{"name": context, "context": {"cluster": f"c-{context}", "user": "kubernetes-admin"}}],
        "clusters": [{"name": f"c-{context}", "cluster": {"server": f"https://{context}:6443"}}],
        "users": [{"name": "kubernetes-admin", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def merged(*paths: Path) -> dict[str, str]:
    return {"KUBECONFIG": os.pathsep.join(map(str, paths))}


def test_user_that_an_earlier_file_has_as_well_is_said(tmp_path: Path) -> None:
    east, west = written(tmp_path / "east", "aaa", "east"), written(tmp_path / "west", "bbb", "west")

    (warning,) = shadowed(("east", "west"), files(merged(east, west)))

    assert warning.startswith(
        f"context 'west' of {west} names user 'kubernetes-admin', but KUBECONFIG has {east} before"
    )
    assert "bbb" not in warning
    assert list(shadowed(("east",), files(merged(east, west)))) == []


def test_equal_users_and_unreadable_files_are_no_matter(tmp_path: Path) -> None:
    east, west = written(tmp_path / "east", "aaa", "east"), written(tmp_path / "west", "aaa", "west")
    broken = tmp_path / "broken"
    broken.write_text("contexts: [")

    assert list(shadowed(("east", "west"), files(merged(broken, tmp_path / "none", east, west)))) == []


def test_check_warns_of_merged_kubeconfigs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, CONFIG, REFUSED, monkeypatch)
    paths = written(tmp_path / "a", "aaa", "east"), written(tmp_path / "b", "bbb", "west")
    monkeypatch.setenv("KUBECONFIG", merged(*paths)["KUBECONFIG"])

    check("--context", "east,west", *FEW)
    assert "warning: context 'west'" in capsys.readouterr().err
    check("--context", "east,west", "--kubeconfig", str(paths[0]), *FEW)
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("scenario", scenarios()[::12], ids=lambda scenario: scenario.name)
def test_printed_commands_repeat_the_flags(scenario: Scenario) -> None:
    flags = ("--kubeconfig", "/a b", "--as", "jo")
    recorded = snapshot(scenario)
    found = report(replace(recorded, settings=replace(recorded.settings, flags=flags)), CHECKS)

    parts = [part.finding for cause in found.root_causes for part in cause.parts] + [n.finding for n in found.notes]
    printed = [step.command for each in parts for step in each.fix]
    calls = [call for command in printed for call in CALL.findall(command)]
    assert all(shlex.join(flags) in call for call in calls), calls

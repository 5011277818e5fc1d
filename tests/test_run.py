"""The whole command as a process, with tools that answer or hang; `tests/hostile` has what takes longer."""

import os
import signal
import time
from pathlib import Path

import pytest

from kubectl_mcdiag.run.terminal import Stop
from tests.impostor import Impostor, finished, impostor
from tests.unredacted import forms

CLUSTERS = ("--context", "cluster1,cluster2")
HANG = {("", "cluster2"): "exec sleep 60"}


@pytest.fixture
def hanging(tmp_path: Path) -> Impostor:
    return impostor(tmp_path, HANG)


def test_no_secret_is_printed_or_recorded(tmp_path: Path) -> None:
    mesh = impostor(tmp_path / "tools")
    kept = tmp_path / "kept"

    run = mesh.run("check", *CLUSTERS, "-v", "9", "-o", "json", "--save", str(kept))

    assert (run.code, [pair["verdict"] for pair in run.report["pairs"]]) == (0, ["pass", "pass"])
    said = {file.relative_to(kept).as_posix(): file.read_bytes() for file in kept.rglob("*") if file.is_file()}
    said |= {"stdout": run.out.encode(), "stderr": run.err.encode()}
    assert len(said) > 20
    assert [name for name, content in said.items() for form in forms() if form in content] == []
    assert {oct(path.stat().st_mode & 0o777) for path in kept.rglob("*")} == {"0o600", "0o700"}
    assert mesh.left_behind() == []


def test_anonymized_recording_says_what_it_holds_and_gives_the_same_answer(tmp_path: Path) -> None:
    mesh = impostor(tmp_path / "tools")
    kept = str(tmp_path / "kept.tar.gz")

    collected = mesh.run("collect", kept, *CLUSTERS, "--anonymize")
    judged = mesh.run("check", "--bundle", kept, "-o", "json")

    assert collected.code == 0
    assert " answers of cluster1, cluster2; 0 are missing" in collected.err
    assert "are replaced by stand-ins" in collected.err
    assert (judged.code, [pair["verdict"] for pair in judged.report["pairs"]]) == (0, ["pass", "pass"])
    assert "cluster1" not in judged.out


def test_signal_leaves_no_alarm_that_could_end_the_run_with_another_code() -> None:
    stop = Stop()
    stop.arm()
    os.kill(os.getpid(), signal.SIGTERM)

    assert signal.getitimer(signal.ITIMER_REAL)[0] > 1
    with pytest.raises(SystemExit) as ended:
        stop.leave(3)

    assert (ended.value.code, signal.getitimer(signal.ITIMER_REAL)) == (128 + signal.SIGTERM, (0, 0))


def test_dead_cluster_costs_the_timeout_and_no_more(hanging: Impostor) -> None:
    run = hanging.run("check", *CLUSTERS, "--timeout", "3s", "-o", "json")

    assert run.code == 3
    assert run.seconds < 10  # a busy machine; tests/hostile looks closer
    assert [(c["context"], c["clusterId"]) for c in run.report["clusters"]] == [
        ("cluster1", "cluster1"),
        ("cluster2", None),
    ]
    assert all("cluster2: no answer to" in unknown["reason"] for unknown in run.report["unknown"])
    assert hanging.left_behind() == []


def test_one_context_is_judged_by_itself_and_the_others_are_named(tmp_path: Path) -> None:
    mesh = impostor(tmp_path)

    run = mesh.run("check", "--context", "cluster1", "-o", "json")

    assert (run.code, run.report["rootCauses"], run.report["members"]) == (3, [], ["cluster2"])
    assert {pair["verdict"] for pair in run.report["pairs"]} == {"unknown"}
    assert "--context cluster2" in run.report["unknown"][-1]["reason"]
    assert len([result for result in run.report["results"] if result["status"] == "pass"]) > 10
    assert set((tmp_path / "called").read_text().splitlines()) == {"", "cluster1"}


def test_misspelt_context_is_told_with_what_may_be_meant_and_nothing_is_asked(tmp_path: Path) -> None:
    mesh = impostor(tmp_path)

    run = mesh.run("check", "--context", "cluster1,cluter2", "-o", "json")

    words = "error: the kubeconfig has no context 'cluter2'; did you mean cluster2?\n"
    assert (run.code, run.out, run.err) == (2, "", words)
    assert (tmp_path / "called").read_text() == "\n"


@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_run_that_is_ended_tells_what_it_has_learned(hanging: Impostor, number: int) -> None:
    process = hanging.start("check", *CLUSTERS, "-o", "json")
    hanging.waited_for("called", 7)
    began = time.monotonic()
    process.send_signal(number)

    run = finished(process, began)

    assert (run.code, run.err) == (128 + number, "")
    assert run.seconds < 10
    assert run.report["clusters"][0]["clusterId"] == "cluster1"
    assert hanging.left_behind() == []


def test_full_disk_under_the_report_is_said() -> None:
    with Path("/dev/full").open("wb") as full:
        run = Impostor(Path(os.devnull)).run("version", stdout=full)

    assert (run.code, run.err) == (3, "error: the report could not be written: No space left on device\n")


def test_healthy_mesh_of_two_clusters_takes_eleven_commands(tmp_path: Path) -> None:
    mesh = impostor(tmp_path)

    run = mesh.run("check", *CLUSTERS, "-v", "1", "-o", "json")

    assert (tmp_path / "called").read_text().count("\n") == 11
    assert run.report["fetched"]["commands"] == 11
    assert run.report["fetched"]["bytes"] > 50_000
    assert run.err.startswith("11 commands fetched 0.1 MB, ")

"""Nothing hangs and nothing is lost: hostile tools, signals at any moment, full disks, closed streams.

The limit of every run is `--timeout` and two seconds more.
"""

import random
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from kubectl_mcdiag.sources.bundle import Bundle
from tests.hostile.conftest import Figure
from tests.impostor import Deeds, Impostor, Run, finished, impostor

CLUSTERS = ("--context", "cluster1,cluster2")
TIMEOUT = 3.0
SEED = 7
_BLANKS = "head -c 50000000 /dev/zero | tr '\\0' ' '"

DEEDS: dict[str, Deeds] = {
    "accepts and never answers": {("", "cluster2"): "exec sleep 100"},
    "answers byte by byte": {("", "cluster2"): "while :; do printf x; sleep 0.05; done"},
    "dies in the middle": {("", "cluster2"): 'printf \'{"items": [{"kind"\'; kill -9 $$'},
    "ends in the middle and calls it success": {("", "cluster2"): 'printf \'{"items": [{"kind"\''},
    "waits for a credential helper": {("", "cluster2"): "sleep 100 & wait"},
    "leaves a credential helper behind": {("", "cluster2"): "sleep 100 & exit 1"},
    "runs a helper in a session of its own": {("", "cluster2"): "setsid sleep 5"},
    "asks on the terminal": {("", "cluster2"): "read -r answer </dev/tty || exit 1"},
    "asks on stdin": {("", "cluster2"): "read -r answer || exit 1"},
    "ignores every signal": {("", "cluster2"): "trap '' TERM INT HUP; while :; do sleep 0.1; done"},
    "prints 50 MB": {("", "cluster2"): f"printf '{{\"items\": ['; {_BLANKS}; printf ']}}'; exit 1"},
    "prints without end": {("resources", "cluster2"): "exec cat /dev/zero"},
    "complains without end": {("", "cluster2"): "exec cat /dev/zero >&2"},
    "prints garbage": {("", "cluster2"): "head -c 1000000 /dev/urandom"},
    "prints nothing": {("", "cluster2"): "exit 0"},
}


def ended_in_time(mesh: Impostor, run: Run) -> None:
    assert run.seconds < TIMEOUT + 2
    assert "Traceback" not in run.err
    assert not list(mesh.folder.glob("mcdiag-crash-*"))


@pytest.mark.parametrize("deed", DEEDS)
def test_cluster_that_misbehaves_is_unknown_and_the_other_is_told(tmp_path: Path, deed: str, figure: Figure) -> None:
    mesh = impostor(tmp_path, DEEDS[deed])

    run = mesh.run("check", *CLUSTERS, "--timeout", f"{TIMEOUT}s", "-o", "json")

    ended_in_time(mesh, run)
    assert run.code == 3
    assert {pair["verdict"] for pair in run.report["pairs"]} == {"unknown"}
    assert run.report["clusters"][0]["clusterId"] == "cluster1"
    assert any("cluster2" in unknown["reason"] for unknown in run.report["unknown"])
    if "session" not in deed:  # it is a daemon by its own wish
        assert mesh.left_behind() == []
    figure(f"kubectl {deed}: seconds until the report, with `--timeout {TIMEOUT:.0f}s`", f"{run.seconds:.1f}")


def test_every_cluster_dead_is_still_a_report(tmp_path: Path) -> None:
    mesh = impostor(tmp_path, {("", ""): "exec sleep 100"})

    run = mesh.run("check", *CLUSTERS, "--timeout", f"{TIMEOUT}s", "-o", "json")

    ended_in_time(mesh, run)
    assert (run.code, mesh.left_behind()) == (3, [])
    assert len(run.report["clusters"]) == 2


def test_seven_of_twenty_clusters_are_dead(tmp_path: Path, figure: Figure) -> None:
    more = tuple(f"other{number}" for number in range(18))
    mesh = impostor(tmp_path, {("", name): "exec sleep 100" for name in more[:7]}, more=more)

    run = mesh.run("check", "--context", ",".join(("cluster1", "cluster2", *more)), "--timeout", "8s", "-o", "json")

    assert run.seconds < 10
    assert mesh.left_behind() == []
    assert run.code == 3
    told = {cluster["context"]: cluster["clusterId"] for cluster in run.report["clusters"]}
    assert (len(told), told["cluster1"], told["cluster2"]) == (20, "cluster1", "cluster2")
    verdicts = {(pair["from"], pair["to"]): pair["verdict"] for pair in run.report["pairs"]}
    assert (len(verdicts), verdicts["cluster1", "cluster2"]) == (380, "pass")
    silent = {
        name for name in more[:7] if any(f"{name}: no answer" in each["reason"] for each in run.report["unknown"])
    }
    assert silent == set(more[:7])
    figure("20 contexts of which 7 never answer: seconds until the report, with `--timeout 8s`", f"{run.seconds:.1f}")


def partials(kept: Path) -> list[Path]:
    """Return the folders that runs left beside a recording."""
    return [path for path in kept.parent.glob(f"{kept.name}.partial-*") if path.is_dir()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_signal_at_any_moment(tmp_path: Path, number: signal.Signals, figure: Figure) -> None:
    mesh = impostor(tmp_path / "tools", {("", "cluster2"): "exec sleep 100"})
    moments, dice = [each / 40 for each in range(24)], random.Random(SEED)
    slowest, reports = 0.0, 0
    for moment in moments:
        kept = tmp_path / f"kept-{moment}.tar.gz"
        (mesh.folder / "called").unlink(missing_ok=True)
        process = mesh.start("check", *CLUSTERS, "-o", "json", "--save", str(kept))
        mesh.waited_for("called")
        time.sleep(moment + dice.random() / 40)
        began = time.monotonic()
        process.send_signal(number)
        run = finished(process, began)
        assert run.code == 128 + number, run.err
        assert "Traceback" not in run.err
        assert mesh.left_behind() == []
        slowest, reports = max(slowest, run.seconds), reports + bool(run.out)
        for path in (kept, *partials(kept)):
            if path.exists():
                assert Bundle.open(path).contexts == ("cluster1", "cluster2")
    assert slowest < 2
    assert reports > len(moments) / 2
    figure(f"{number.name} at {len(moments)} moments of a run: reports printed", reports)
    figure(f"{number.name} at {len(moments)} moments of a run: longest time to the end, in seconds", f"{slowest:.2f}")


def test_recording_of_a_run_that_was_killed_is_partial_and_usable(tmp_path: Path, figure: Figure) -> None:
    mesh = impostor(tmp_path / "tools")
    whole = mesh.run("collect", str(tmp_path / "whole.tar.gz"), *CLUSTERS)
    assert whole.code == 0
    answers = Bundle.open(tmp_path / "whole.tar.gz").entries.keys()
    usable = 0
    for number in range(16):
        kept = tmp_path / f"kept-{number}.tar.gz"
        process = mesh.start("collect", str(kept), *CLUSTERS)
        time.sleep(whole.seconds * (0.3 + number * 0.04))
        process.kill()
        process.communicate()
        assert not (kept.exists() and Bundle.open(kept).partial)
        partial = [path for path in partials(kept) if (path / "bundle.yaml").exists()]
        for found in ([kept] if kept.exists() else partial)[:1]:
            run = mesh.run("check", "--bundle", str(found), "-o", "json")
            assert run.code in ((0,) if found == kept else (0, 3))
            # Killed while it was packed, the folder beside the archive holds every answer.
            assert "partial recording" in run.err or Bundle.open(found).entries.keys() == answers
            usable += 1
    assert usable > 4
    figure("SIGKILL at 16 moments of a recording: recordings left, all of them whole or known as partial", usable)


def test_report_whose_reader_has_gone_keeps_its_exit_code(tmp_path: Path) -> None:
    mesh = impostor(tmp_path)
    process = mesh.start("check", "--quiet", "--bundle", "fixtures/1.31/remote-secret-missing")
    process.stdout.close()
    process.stdout = None

    run = finished(process, time.monotonic())

    assert (run.code, run.err) == (1, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_stream_changes_nothing(tmp_path: Path, closed: str) -> None:
    mesh = impostor(tmp_path / "tools")
    kept = tmp_path / "kept"
    command = 'exec "$0" -m kubectl_mcdiag check --context cluster1,cluster2 --save "$1" '

    run = mesh.run(str(kept), program=("/bin/sh", "-c", command + closed, sys.executable))

    assert run.code == 0
    assert not Bundle.open(kept).partial


def test_full_disk_under_a_recording_loses_no_report(tmp_path: Path) -> None:
    mesh = impostor(tmp_path / "tools")
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))}

    run = mesh.run("check", *CLUSTERS, "-o", "json", "--save", str(tmp_path / "kept.tar.gz"), **full)

    assert run.code == 3
    assert [pair["verdict"] for pair in run.report["pairs"]] == ["pass", "pass"]
    assert "kept.tar.gz could not be recorded: File too large" in run.err
    (left,) = partials(tmp_path / "kept.tar.gz")
    assert Bundle.open(left).partial


def test_full_disk_under_the_report(tmp_path: Path) -> None:
    mesh = impostor(tmp_path)
    with Path("/dev/full").open("wb") as full:
        run = mesh.run("check", *CLUSTERS, stdout=full)

    assert (run.code, run.err) == (3, "error: the report could not be written: No space left on device\n")


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/proc/nowhere", "TMPDIR": "/proc/nowhere"},
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
@pytest.mark.parametrize("output", ["text", "json", "html", "junit"])
def test_poor_environment_changes_no_verdict(tmp_path: Path, environment: dict[str, str], output: str) -> None:
    run = impostor(tmp_path).run("check", *CLUSTERS, "-o", output, environment=environment)

    assert (run.code, run.err) == (0, "")

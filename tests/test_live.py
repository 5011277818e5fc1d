"""The `sh` seam: the one fast test module that starts processes, all of them small tools made here."""

import os
import pty
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Output, unchanged
from kubectl_mcdiag.sources.live import Live

Script = Callable[[str], Live]


def invocation(*arguments: str, tool: str = "kubectl", redact: Callable[[str], str] = unchanged) -> Invocation:
    argv = (tool, *arguments)
    return Invocation(Command("key", tool, arguments, str, redact=redact), "cluster1", "", argv, argv)


@pytest.fixture
def tool(tmp_path: Path) -> Script:
    def make(body: str, **options: Any) -> Live:
        path = tmp_path / "kubectl"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return Live({"kubectl": str(path), "istioctl": None}, **options)

    return make


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: Path, count: int = 1) -> bool:
    """Whether all the processes that wrote their number here have ended, within a second."""
    numbers = [int(number) for number in pids.read_text().split()]
    assert len(numbers) == count
    end = time.monotonic() + 1
    while any(map(alive, numbers)) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(map(alive, numbers))


def waited_for(path: Path, lines: int = 1) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if path.exists() and len(path.read_text().split()) >= lines:
            return
        time.sleep(0.01)
    pytest.fail(f"{path} was never written")


def test_output_holds_both_streams_and_the_exit_code(tool: Script) -> None:
    output = tool('echo "$1"; echo EOF >&2; exit 3').run(invocation("a b"), 10)
    assert (output.exit_code, output.stdout, output.stderr) == (3, "a b\n", "EOF\n")
    assert output.failure is Failure.NONE
    assert 0 < output.seconds < 5


def test_arguments_reach_the_tool_as_they_are(tool: Script) -> None:
    given = ("", "*", "$HOME", "a\nb", "--x=é", "'", "-n")
    output = tool('for a in "$@"; do printf "<%s>" "$a"; done').run(invocation(*given), 10)
    assert output.stdout == "".join(f"<{argument}>" for argument in given)


def test_environment_is_plain_and_otherwise_kept(tool: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/some/where")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    output = tool('echo "$LC_ALL $NO_COLOR $TERM $KUBECONFIG"; test -t 1 && echo terminal').run(invocation(), 10)
    assert output.stdout == "C 1 dumb /some/where\n"


def test_stdout_is_redacted_before_it_is_returned(tool: Script) -> None:
    hide = lambda text: text.replace("secret", "-")  # noqa: E731
    assert tool("echo a secret").run(invocation(redact=hide), 10).stdout == "a -\n"
    assert tool("echo a secret; exit 1").run(invocation(redact=hide), 10).stdout == "a -\n"
    assert tool("echo a secret; exec sleep 30").run(invocation(redact=hide), 0.3).stdout == "a -\n"


def test_stdout_that_cannot_be_redacted_is_dropped(tool: Script) -> None:
    def broken(text: str) -> str:
        raise ValueError(text)

    output = tool("echo a secret").run(invocation(redact=broken), 10)
    assert "secret" not in repr(output)
    assert (output.failure, output.stderr) == (Failure.UNREADABLE, "it could not be redacted (ValueError)")
    failed = tool("echo a secret; echo 'error: no such pod' >&2; exit 1").run(invocation(redact=broken), 10)
    assert (failed.failure, failed.stdout, failed.stderr) == (Failure.NONE, "", "error: …\n")


def test_stderr_of_what_succeeded_is_not_kept(tool: Script) -> None:
    assert tool("echo 'AWS_SECRET_ACCESS_KEY=hunter2' >&2").run(invocation(), 10).stderr == ""


def test_of_the_stderr_of_what_failed_known_phrases_are_kept(tool: Script) -> None:
    output = tool("echo 'password: hunter2; dial tcp 10.0.0.1:443: i/o timeout, hunter2' >&2; exit 1").run(
        invocation(), 10
    )
    assert output.stderr == "… dial tcp 10.0.0.1:443: i/o timeout…\n"


def test_invalid_utf8_is_replaced(tool: Script) -> None:
    assert tool(r"printf 'a\377b'").run(invocation(), 10).stdout == "a�b"


def test_hanging_tool_is_killed_and_keeps_its_output(tool: Script, tmp_path: Path) -> None:
    live = tool(f"echo $$ > {tmp_path}/pids; echo begun; exec sleep 60")
    output = live.run(invocation(), 0.3)
    assert (output.failure, output.stdout) == (Failure.TIMED_OUT, "begun\n")
    assert 0.3 <= output.seconds < 1.5
    assert gone(tmp_path / "pids")


def test_tool_that_ignores_sigterm_is_killed(tool: Script, tmp_path: Path) -> None:
    live = tool(f"trap '' TERM INT HUP; echo $$ > {tmp_path}/pids; while :; do sleep 0.1; done")
    assert live.run(invocation(), 0.3).failure is Failure.TIMED_OUT
    assert gone(tmp_path / "pids")


def test_byte_by_byte_output_ends_at_the_deadline(tool: Script) -> None:
    output = tool("while :; do printf x; sleep 0.02; done").run(invocation(), 0.4)
    assert output.failure is Failure.TIMED_OUT
    assert output.seconds < 1.5
    assert 1 <= output.stdout.count("x") < 40


def test_grandchild_that_holds_the_pipe_is_killed_with_its_parent(tool: Script, tmp_path: Path) -> None:
    live = tool(f"sleep 60 & echo $! $$ > {tmp_path}/pids; echo begun; wait")
    output = live.run(invocation(), 0.3)
    assert (output.failure, output.stdout) == (Failure.TIMED_OUT, "begun\n")
    assert output.seconds < 1.5
    assert gone(tmp_path / "pids", 2)


def test_grandchild_left_behind_neither_delays_nor_stays(tool: Script, tmp_path: Path) -> None:
    output = tool(f"sleep 60 & echo $! > {tmp_path}/pids; echo done").run(invocation(), 30)
    assert (output.failure, output.exit_code, output.stdout) == (Failure.NONE, 0, "done\n")
    assert output.seconds < 1.5
    assert gone(tmp_path / "pids")


def test_grandchild_in_a_session_of_its_own_delays_by_half_a_second_only(tool: Script) -> None:
    output = tool("echo begun; setsid sleep 4").run(invocation(), 0.2)
    assert (output.failure, output.stdout) == (Failure.TIMED_OUT, "begun\n")
    assert output.seconds < 1.7


def test_tool_that_reads_stdin_gets_its_end(tool: Script) -> None:
    output = tool("read -r password || { echo EOF >&2; exit 7; }").run(invocation(), 10)
    assert (output.exit_code, output.stderr) == (7, "EOF\n")
    assert output.seconds < 2


def test_tool_that_asks_the_terminal_fails_at_once(tool: Script, tmp_path: Path) -> None:
    tool("read -r password </dev/tty || exit 7")
    root = Path(__file__).parents[1]
    program = f"""
import sys
sys.path.insert(0, {str(root)!r})
from tests.test_live import invocation
from kubectl_mcdiag.sources.live import Live
output = Live({{"kubectl": {str(tmp_path / "kubectl")!r}}}).run(invocation(), 8)
answer = f"{{output.failure.name}} {{output.seconds < 4}} {{output.exit_code > 0}}"
open({str(tmp_path / "answer")!r}, "w").write(answer)
"""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", program])
    try:
        os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert (tmp_path / "answer").read_text() == "NONE True True"


def test_fifty_megabytes_are_read_whole(tool: Script) -> None:
    output = tool("head -c 50000000 /dev/zero | tr '\\0' x").run(invocation(), 20)
    assert (len(output.stdout), output.failure) == (50_000_000, Failure.NONE)
    assert output.seconds < 5


def test_endless_output_is_too_large(tool: Script, tmp_path: Path) -> None:
    live = tool(f"echo $$ > {tmp_path}/pids; exec cat /dev/zero", stdout_limit=1_000_000)
    output = live.run(invocation(), 20)
    assert (output.failure, output.stdout) == (Failure.TOO_LARGE, "")
    assert output.stderr == "more than 1,000,000 bytes"
    assert gone(tmp_path / "pids")


def test_endless_stderr_keeps_its_end(tool: Script) -> None:
    output = tool("head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo EOF >&2; exit 1").run(invocation(), 20)
    assert output.stderr == "EOF\n"


def test_tool_killed_by_somebody_else_has_a_negative_exit_code(tool: Script) -> None:
    output = tool("echo begun; kill -9 $$").run(invocation(), 10)
    assert (output.exit_code, output.stdout, output.failure) == (-9, "begun\n", Failure.NONE)


def test_missing_tool_is_named(tool: Script) -> None:
    output = tool("").run(invocation(tool="istioctl"), 10)
    assert (output.failure, output.stderr) == (Failure.TOOL_MISSING, "istioctl is not on the PATH")


def test_tools_are_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho found\n")
    (tmp_path / "kubectl").chmod(0o755)
    (tmp_path / "istioctl").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    live = Live()
    assert live.run(invocation(), 10).stdout == "found\n"
    assert live.run(invocation(tool="istioctl"), 10).failure is Failure.TOOL_MISSING


@pytest.mark.parametrize("content", ["", "\x7fELF is not enough"])
def test_file_that_is_no_program_is_tool_missing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kubectl"
    path.write_text(content)
    path.chmod(0o755)
    output = Live({"kubectl": str(path)}).run(invocation(), 10)
    assert output.failure is Failure.TOOL_MISSING
    assert "cannot be started" in output.stderr
    assert "Exec format error" in output.stderr


def test_file_that_may_not_be_run_is_tool_missing(tmp_path: Path) -> None:
    (tmp_path / "kubectl").write_text("#!/bin/sh\n")
    output = Live({"kubectl": str(tmp_path / "kubectl")}).run(invocation(), 10)
    assert output.failure is Failure.TOOL_MISSING


def test_argument_that_no_program_can_take_is_an_output_too(tool: Script) -> None:
    output = tool("").run(invocation("a\0b"), 10)
    assert output.failure is Failure.TOOL_MISSING
    assert "cannot be started" in output.stderr


def test_failure_is_read_off_stderr(tool: Script) -> None:
    output = tool("echo 'Unable to connect to the server: EOF' >&2; exit 1").run(invocation(), 10)
    assert output.failure is Failure.UNREACHABLE


def test_interrupt_ends_what_runs_and_starts_nothing_more(tool: Script, tmp_path: Path) -> None:
    live = tool(f"sleep 60 & echo $! $$ >> {tmp_path}/pids; echo begun; wait")
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(live.run, invocation(), 30) for _ in range(8)]
        waited_for(tmp_path / "pids", 16)
        began = time.monotonic()
        live.interrupt()
        outputs = [future.result() for future in futures]
    assert time.monotonic() - began < 1.5
    assert [output.failure for output in outputs] == [Failure.INTERRUPTED] * 8
    assert gone(tmp_path / "pids", 16)
    assert live.run(invocation(), 10) == Output(failure=Failure.INTERRUPTED)


def test_interrupt_while_tools_are_being_started_leaves_none(tool: Script, tmp_path: Path) -> None:
    live = tool(f"echo $$ >> {tmp_path}/pids; exec sleep 60")
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(live.run, invocation(), 30) for _ in range(16)]
        waited_for(tmp_path / "pids", 3)
        live.interrupt()
        assert {future.result().failure for future in futures} == {Failure.INTERRUPTED}
    assert gone(tmp_path / "pids", len((tmp_path / "pids").read_text().split()))


def test_ctrl_c_in_the_thread_that_waits_leaves_nothing(tool: Script, tmp_path: Path) -> None:
    live = tool(f"echo $$ > {tmp_path}/pids; exec sleep 60")

    def press() -> None:
        waited_for(tmp_path / "pids")
        time.sleep(0.2)  # the tool can be faster than the call that starts it
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        live.run(invocation(), 30)
    thread.join()
    assert gone(tmp_path / "pids")


@pytest.fixture
def descriptors() -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_many_calls_from_many_threads_are_all_whole(tool: Script, descriptors: None) -> None:
    live = tool('printf "%s" "$1"; head -c 100000 /dev/zero | tr "\\0" x; echo "dial tcp host-$1" >&2; exit 4')
    before = set(threading.enumerate())

    def one(number: int) -> bool:
        output = live.run(invocation(str(number)), 30)
        text = f"{number}{'x' * 100_000}"
        expected = Output(4, text, f"dial tcp host-{number}\n", output.seconds, Failure.NONE, len(text))
        return output == expected

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(32)))
    end = time.monotonic() + 2
    while len(left := {thread.name for thread in set(threading.enumerate()) - before}) > 1 and time.monotonic() < end:
        time.sleep(0.01)
    assert left == {"starter_0"}, "the thread that starts tools stays, and no other"


def test_time_spent_waiting_to_start_counts(tool: Script) -> None:
    output = tool("exec sleep 60").run(invocation(), 0.0)
    assert output.failure is Failure.TIMED_OUT
    assert output.seconds < 1

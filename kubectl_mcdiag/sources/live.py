"""The source that asks real clusters: runs kubectl and istioctl through `sh`, and never leaves one behind.

The only importer of `sh`, whose import takes about 90 ms: import this module only where clusters are asked.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sh

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output
from kubectl_mcdiag.evidence.parsers.failures import classify, said
from kubectl_mcdiag.sources.tools import tools as found

STDOUT_LIMIT = 200_000_000
STDERR_LIMIT = 1_000_000
_PAUSE = 0.05
_LAST_WORDS = 0.5

# `sh` by default opens a terminal, reads line by line and raises on a non-zero exit. A session of its own has
# no terminal where a credential plugin could ask for a password: it fails at once, where a mere process group
# of its own would be stopped by SIGTTIN until the deadline.
_OPTIONS: Mapping[str, Any] = {
    "_bg": True,
    "_bg_exc": False,
    "_encoding": "utf-8",
    "_new_group": False,
    "_new_session": True,
    "_ok_code": range(-128, 256),
    "_out_bufsize": 65536,
    "_err_bufsize": 65536,
    "_tty_out": False,
}


class Live:
    """Runs invocations; safe to call from many threads.

    `tools` maps a tool's name to its path, None where it is missing; by default both are looked for once.
    More than `stdout_limit` bytes of output end a command as too large.
    """

    def __init__(self, tools: Mapping[str, str | None] | None = None, stdout_limit: int = STDOUT_LIMIT) -> None:
        self._tools = dict(tools) if tools is not None else found(os.environ.get("PATH", os.defpath))
        self._stdout_limit = stdout_limit
        self._environment = {**os.environ, "LC_ALL": "C", "NO_COLOR": "1", "TERM": "dumb"}
        # One at a time, for `sh` turns the garbage collector off and on around its fork; and never in the main
        # thread, where a KeyboardInterrupt could come between the fork and our knowing of the process.
        self._starter = ThreadPoolExecutor(1, "starter")
        self._running: set[_Run] = set()
        self._interrupted = False

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the redacted output of one invocation; it is killed after `timeout` seconds."""
        began = time.monotonic()
        tool = invocation.command.tool
        path = self._tools.get(tool)
        if self._interrupted:
            return Output(failure=Failure.INTERRUPTED)
        if path is None:
            return Output(stderr=f"{tool} is not on the PATH", failure=Failure.TOOL_MISSING)
        run = _Run(self._stdout_limit)
        try:
            with run.limited_to(timeout):
                run.pause(invocation.command.pause)
                exit_code = self._wait(run, path, invocation.argv[1:])
        except (sh.CommandNotFound, sh.ForkException, OSError, ValueError) as error:
            return Output(stderr=f"{path} cannot be started: {_cause(error)}", failure=Failure.TOOL_MISSING)
        return run.output(invocation, exit_code, time.monotonic() - began)

    def interrupt(self) -> None:
        """Kill all that runs and start nothing more. It takes no lock: a signal handler may call it."""
        self._interrupted = True
        for run in self._running.copy():
            run.stop(Failure.INTERRUPTED)

    def _wait(self, run: "_Run", path: str, arguments: tuple[str, ...]) -> int:
        self._running.add(run)
        try:
            started = self._starter.submit(self._start, run, path, arguments).result()
            return run.wait() if started else 0
        finally:
            run.finish()
            self._running.discard(run)

    def _start(self, run: "_Run", path: str, arguments: tuple[str, ...]) -> bool:
        if self._interrupted:
            run.stop(Failure.INTERRUPTED)
        if run.is_over:
            return False
        with Path(os.devnull).open("rb") as nothing:
            options = {**_OPTIONS, **run.sinks, "_in": nothing, "_env": self._environment}
            run.started(sh.Command(path)(*arguments, **options))
        return True


class _Run:
    """One process group: its output so far, and why it was stopped."""

    def __init__(self, stdout_limit: int) -> None:
        self.failure = Failure.NONE
        self._limit = stdout_limit
        self._stdout = _Sink(stdout_limit, self._too_large)
        self._stderr = _Sink(STDERR_LIMIT)
        self._process: Any = None
        self._over = False

    @property
    def is_over(self) -> bool:
        """Whether it ended, or was stopped, be it before it began."""
        return self._over or self.failure is not Failure.NONE

    @property
    def sinks(self) -> dict[str, "_Sink"]:
        """Where `sh` is to write what it reads."""
        return {"_out": self._stdout, "_err": self._stderr}

    @contextmanager
    def limited_to(self, seconds: float) -> Iterator[None]:
        """Stop the command when the time is over, if it still runs."""
        timer = threading.Timer(seconds, self.stop, (Failure.TIMED_OUT,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def pause(self, seconds: float) -> None:
        """Wait, unless it is stopped meanwhile."""
        until = time.monotonic() + seconds
        while not self.is_over and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _PAUSE))

    def started(self, process: Any) -> None:
        """Take the process; where it was to be stopped while it was being started, stop it now."""
        self._process = process
        if self.is_over:
            self._kill()

    def wait(self) -> int:
        """Return the exit code of the tool once all its output is read; whatever it left behind is killed."""
        # Seen but not reaped, the leader keeps its process group's number from being given to anybody else.
        if hasattr(os, "waitid"):
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self._over = True
        self._kill()
        reading = threading.Timer(_LAST_WORDS, self._stop_reading)
        reading.start()
        self._process.wait()
        reading.cancel()
        self._kill()
        return int(self._process.exit_code)

    def stop(self, failure: Failure) -> None:
        """Kill the process group for this reason, unless it is over or being killed for another one."""
        if self.is_over:
            return
        self.failure = failure
        self._kill()

    def finish(self) -> None:
        """Leave nothing behind, whatever happened (a `KeyboardInterrupt` in the caller's thread, say)."""
        if not self._over:
            self._kill()
        self._over = True

    def output(self, invocation: Invocation, exit_code: int, seconds: float) -> Output:
        """Return what was printed, redacted, and why the command failed, if it did."""
        raw = self._stderr.text()
        failure = self.failure if self.failure is not Failure.NONE else classify(exit_code, raw)
        # What succeeded said nothing of use; what failed says why in known phrases.
        stderr = "" if exit_code == 0 and failure is Failure.NONE else said(raw)
        if failure is Failure.TOO_LARGE:
            return Output(exit_code, "", f"more than {self._limit:,} bytes", seconds, failure, self._stdout.size)
        try:
            stdout = invocation.command.redact(self._stdout.text())
        except Exception as error:  # noqa: BLE001 - what could not be redacted must not leave
            stdout = ""
            if failure is Failure.NONE and exit_code == 0:
                # A ParseError names the place in constant words; any other error may quote what it could not read.
                why = (
                    str(error)
                    if isinstance(error, ParseError)
                    else f"it could not be redacted ({type(error).__name__})"
                )
                failure, stderr = Failure.UNREADABLE, why
        return Output(exit_code, stdout, stderr, round(seconds, 3), failure, self._stdout.size)

    def _stop_reading(self) -> None:
        # A helper in a session of its own outlives its group and holds the pipe, for which `sh` waits 2 s by itself.
        event = getattr(self._process.process, "_stop_output_event", None)
        if event is not None:
            event.set()

    def _too_large(self) -> None:
        self.stop(Failure.TOO_LARGE)

    def _kill(self) -> None:
        # The group's number is its leader's; it is gone once the leader is reaped and no child is left.
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class _Sink:
    """Keeps what a process writes, up to a limit; then forgets the oldest part, or calls `overflow`."""

    def __init__(self, limit: int, overflow: Any = None) -> None:
        self.size = 0
        self._bytes = bytearray()
        self._limit = limit
        self._overflow = overflow

    def write(self, chunk: bytes) -> None:
        """Take what `sh` has read."""
        self.size += len(chunk)
        self._bytes += chunk
        if len(self._bytes) <= self._limit:
            return
        if self._overflow:
            self._bytes.clear()
            self._limit = -1
            self._overflow()
        elif len(self._bytes) > 2 * self._limit:
            del self._bytes[: -self._limit]

    def text(self) -> str:
        """Return what is kept; a byte that is not UTF-8 becomes U+FFFD."""
        return self._bytes.decode("utf-8", "replace")


def _cause(error: Exception) -> str:
    # `sh` passes a traceback of the child on; its last line names the error.
    lines = str(error).strip().splitlines()
    return said(lines[-1]).strip() if lines and said(lines[-1]) else type(error).__name__

"""Processes: the one module of the lab that starts any."""

import os
import shlex
import subprocess  # noqa: TID251 - the lab starts daemons and enters namespaces, which is not the product's seam
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Argument = str | Path
SHOWN_LINES = 25


class LabError(Exception):
    """The lab cannot go on; the message says why, with the end of the log that shows it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished process left."""

    exit_code: int
    stdout: str
    stderr: str


def attempt(argv: Sequence[Argument], stdin: str = "", seconds: float = 120) -> Result:
    """Run `argv` to its end and return what came of it, whatever that is; raise only when time is out."""
    try:
        done = subprocess.run(
            [str(a) for a in argv], input=stdin, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise LabError(f"{shown(argv)} did not end within {seconds:.0f} s") from late
    return Result(done.returncode, done.stdout, done.stderr)


def run(argv: Sequence[Argument], stdin: str = "", seconds: float = 120) -> str:
    """Run `argv` and return its stdout; raise with its own words when it fails."""
    result = attempt(argv, stdin, seconds)
    if result.exit_code:
        raise LabError(f"{shown(argv)} ended with {result.exit_code}:\n{end_of(result.stderr or result.stdout)}")
    return result.stdout


def run_logged(argv: Sequence[Argument], log: Path, folder: Path, settings: Mapping[str, str]) -> None:
    """Run `argv` in `folder` with `settings` added to the environment, all it says appended to `log`."""
    with log.open("ab") as stream:
        # A build that outlives a killed lab would only burn the processor.
        done = subprocess.run(
            ["setpriv", "--pdeathsig", "KILL", *(str(a) for a in argv)],
            cwd=folder, env={**os.environ, **settings}, stdin=subprocess.DEVNULL,
            stdout=stream, stderr=stream, check=False,
        )  # fmt: skip
    if done.returncode:
        raise LabError(f"{shown(argv)} ended with {done.returncode}:\n{tail(log)}")


def start(argv: Sequence[Argument], log: Path) -> None:
    """Start a daemon that is nobody's child and outlives this process; all it says is appended to `log`."""
    with log.open("ab") as stream:
        command = ["setsid", "--fork", *(str(a) for a in argv)]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=True)


def together(job: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Do the job for all items at once; return the results in their order, or raise the first failure."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(job, items))


def wait_for(claim: Callable[[], bool], what: str, seconds: float = 90, log: Path | None = None) -> None:
    """Return once `claim` holds; raise after `seconds` with the end of the log that may say why."""
    until = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > until:
            because = f". The end of {log}:\n{tail(log)}" if log else ""
            raise LabError(f"{what}: not within {seconds:.0f} s{because}")
        time.sleep(0.1)


def tail(log: Path) -> str:
    """Return the last lines of a log, or that there is none."""
    return end_of(log.read_text(errors="replace")) if log.exists() else "(no such file)"


def end_of(text: str) -> str:
    """Return the last lines of a text, indented."""
    return "\n".join(f"  {line}" for line in text.rstrip().splitlines()[-SHOWN_LINES:])


def shown(argv: Sequence[Argument]) -> str:
    """Return a command as a person would type it, cut where it gets long."""
    text = shlex.join(str(a) for a in argv)
    return text if len(text) < 200 else f"{text[:200]}…"

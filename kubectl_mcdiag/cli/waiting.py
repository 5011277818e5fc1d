"""Ask again what is not green until it is, or until time is out, and say so in one quiet line."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check
    from kubectl_mcdiag.verdict.model import Report

PAUSE = 2.0
_TICK = 0.1

Checks = tuple["Check", ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds to ask again, what counts as green, and what ends the waiting early."""

    seconds: float
    is_green: Callable[["Report"], bool]
    stop: Stop


def until_green(ask: Callable[[Checks], "Report"], checks: Checks, patience: Patience) -> "Report":
    """Return the report of all checks as soon as it is green, else the last one before time was out.

    Between two reports of all checks only those that are not green are run.
    """
    end = time.monotonic() + patience.seconds
    line = _line()
    while True:
        result = ask(checks)
        if patience.is_green(result):
            line("")
            return result
        left = _not_green(result) or checks
        text = f"waiting {patience.seconds:g} s at most for {', '.join(each.code for each in left)}"
        line(text)
        while _paused(end, patience.stop):
            if patience.is_green(ask(left)):
                break
            line(text)
        else:
            line("")
            return result if patience.stop.signal else ask(checks)


def _not_green(result: "Report") -> Checks:
    from kubectl_mcdiag.mesh.model import Status

    return tuple(each.check for each in result.results if each.status in (Status.FAIL, Status.WARN, Status.UNKNOWN))


def _paused(end: float, stop: Stop) -> bool:
    """Wait a little; return whether there is time to ask once more."""
    until = min(time.monotonic() + PAUSE, end)
    while time.monotonic() < until and not stop.signal:
        time.sleep(_TICK)
    return not stop.signal and time.monotonic() < end


def _line() -> Callable[[str], None]:
    """Return what keeps one line on a terminal; elsewhere it prints the first text alone."""
    said: list[str] = []

    def say(text: str) -> None:
        if sys.stderr.isatty():
            terminal.progress(f"\r\x1b[K{text}")
        elif text and not said:
            said.append(text)
            terminal.tell(text)

    return say

"""Ask again what is not green until it is, or until time is out, and say so in one quiet line.

It is asked after 5 seconds, then ever less often, to 30; first of the clusters that have a part in it, which are the
ones where it can have changed, and at the longest pause of all.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check
    from kubectl_mcdiag.verdict.model import Report, Result

PAUSE = 5.0
LONGEST = 30.0
_TICK = 0.1

Checks = tuple["Check", ...]
Ask = Callable[[Checks, frozenset[str] | None], "Report"]


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds to ask again, what counts as green, and what ends the waiting early."""

    seconds: float
    is_green: Callable[["Report"], bool]
    stop: Stop


def until_green(ask: Ask, checks: Checks, patience: Patience) -> "Report":
    """Return the report of all checks as soon as it is green, else the last one before time was out.

    Between two reports of all checks only those that are not green are run.
    """
    end = time.monotonic() + patience.seconds
    line, pause = _line(), PAUSE
    while True:
        result = ask(checks, None)
        if patience.is_green(result):
            line("")
            return result
        left = tuple(each.check for each in _not_green(result)) or checks
        text = f"waiting {patience.seconds:g} s at most for {', '.join(each.code for each in left)}"
        line(text)
        while _paused(min(end, time.monotonic() + pause), end, patience.stop):
            pause = min(2 * pause, LONGEST)
            if patience.is_green(ask(left, concerned(result) if pause < LONGEST else None)):
                break
            line(text)
        else:
            line("")
            return result if patience.stop.signal else ask(checks, None)


def concerned(result: "Report") -> frozenset[str]:
    """Return the contexts in which what is not green stands, or which it touches."""
    everywhere = frozenset(cluster.context for cluster in result.clusters)
    named: set[str] = set()
    for cause in result.root_causes:
        named.update(cause.finding.scope.clusters)
    for each in _not_green(result):
        for unit in (unit.unit for unit in each.units if unit.status in _bad()):
            if unit is None:
                return everywhere
            named.update((unit,) if isinstance(unit, str) else (unit.source, unit.destination))
    return frozenset(named) or everywhere


def _not_green(result: "Report") -> tuple["Result", ...]:
    return tuple(each for each in result.results if each.status in _bad())


def _bad() -> tuple[object, ...]:
    from kubectl_mcdiag.mesh.model import Status

    return (Status.FAIL, Status.WARN, Status.UNKNOWN)


def _paused(until: float, end: float, stop: Stop) -> bool:
    """Wait a little; return whether there is time to ask once more."""
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
            terminal.note(text)

    return say

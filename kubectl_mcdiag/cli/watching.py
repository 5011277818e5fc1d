"""Check again and again until a signal ends it: on a terminal in place, elsewhere only what has changed."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubectl_mcdiag.cli.arguments import refuse_unmatched
from kubectl_mcdiag.cli.asking import Clusters
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.verdict.model import Report

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_TICK = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds to wait between two checks, and what ends it."""

    seconds: float
    stop: Stop


def watch(clusters: Clusters, show: Callable[["Report"], None], pace: Pace) -> "Report":
    """Show a report whenever it differs from the one before, until a signal comes; return the last one."""
    last = clusters.ask(clusters.question.checks)
    refuse_unmatched(clusters.last)
    _present(last, show)
    while _paused(pace):
        found = clusters.ask(clusters.question.checks)
        if pace.stop.signal:
            break
        if sys.stdout.isatty() or gist(found) != gist(last):
            _present(found, show)
        last = found
    return last


def gist(report: "Report") -> Any:
    """Return what makes a report another one: root causes, pairs, and what could not be judged; not its time."""
    causes = [(cause.check.code, cause.finding.status, cause.finding.scope) for cause in report.root_causes]
    return causes, report.pairs, [(each.reason, each.codes) for each in report.unknowns]


def _present(report: "Report", show: Callable[["Report"], None]) -> None:
    if sys.stdout.isatty():
        terminal.write(_CLEAR)
    show(report)


def _paused(pace: Pace) -> bool:
    """Wait; return whether to go on."""
    until = time.monotonic() + pace.seconds
    while time.monotonic() < until and not pace.stop.signal:
        time.sleep(_TICK)
    return not pace.stop.signal

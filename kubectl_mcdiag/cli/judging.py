"""From a snapshot to a report: the checks, the ignore file, and what is said of bugs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_mcdiag.cli.codes import known
from kubectl_mcdiag.cli.exits import crash_log
from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.run import terminal

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check
    from kubectl_mcdiag.evidence.model import Snapshot
    from kubectl_mcdiag.verdict.ignore import Entry
    from kubectl_mcdiag.verdict.model import Report


def judged(
    snapshot: "Snapshot",
    checks: tuple["Check", ...],
    ignored: tuple["Entry", ...],
    is_over: Callable[[], bool] = lambda: False,
) -> "Report":
    """Return the report of a snapshot, known root causes set apart; a bug in a check is reported."""
    from kubectl_mcdiag.verdict.ignore import applied
    from kubectl_mcdiag.verdict.judge import report

    bugs: list[str] = []
    result = report(snapshot, checks, lambda rule, error: bugs.append(crash_log(error, rule.code)), is_over)
    for bug in bugs:
        terminal.tell(f"a check has a bug; please report it with {bug}")
    return applied(result, ignored) if ignored else result


def commands_for(checks: tuple["Check", ...]) -> frozenset[str] | None:
    """Return the keys of the commands that these checks need; None for all, where all checks are run."""
    from kubectl_mcdiag.checks.catalogue import CHECKS
    from kubectl_mcdiag.verdict.judge import commands_of

    return None if checks == CHECKS else commands_of(checks)


def entries(path: str | None) -> tuple["Entry", ...]:
    """Return the entries of the ignore file; each must name a check that there is."""
    from kubectl_mcdiag.verdict.ignore import parse

    if not path:
        return ()
    try:
        found = parse(Path(path).read_text("utf-8"))
    except OSError as error:
        raise McdiagError(f"the ignore file {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, ParseError) as error:
        raise McdiagError(f"the ignore file {path} cannot be used: {error}") from None
    for each in found:
        known(each.code)
    return found

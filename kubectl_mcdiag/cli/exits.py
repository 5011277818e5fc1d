"""The exit codes, and the log that a bug leaves."""

import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

from kubectl_mcdiag import __version__

if TYPE_CHECKING:
    from kubectl_mcdiag.verdict.model import Report

UNJUDGED = 3


def exit_code(report: "Report", fail_on: str) -> int:
    """Return 1 for a root cause at or above `fail_on`, else 3 where something is unknown, else 0."""
    worst = {"fail": ("fail",), "warn": ("fail", "warn")}[fail_on]
    if any(cause.finding.status.value in worst for cause in report.root_causes):
        return 1
    return UNJUDGED if report.unknowns else 0


def crash_log(error: BaseException, where: str) -> str:
    """Write a traceback without any values, to be pasted into a bug report; return its path."""
    text = "".join(traceback.format_tb(error.__traceback__))
    try:
        handle, path = tempfile.mkstemp(prefix="mcdiag-crash-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as log:
            log.write(f"kubectl-mcdiag {__version__}, Python {sys.version}\n{where}: {type(error).__name__}\n{text}")
    except OSError as unwritable:
        return f"no log ({unwritable.strerror})"
    return path

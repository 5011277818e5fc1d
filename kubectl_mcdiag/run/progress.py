"""What is reported while clusters are asked: each command, or how far every cluster is."""

import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubectl_mcdiag.evidence.model import Observation
from kubectl_mcdiag.evidence.shell import joined
from kubectl_mcdiag.run import terminal

if TYPE_CHECKING:
    from kubectl_mcdiag.run.collect import Tell


def _trace(found: Observation, verbosity: int) -> str:
    """Return a line for a command: 6 as an operator types it, 7 with how it ended, 9 as it was run.

    What it printed is never shown: it can hold what is dropped before anything is stored.
    """
    output, argv = found.output, found.invocation.argv if verbosity >= 9 else found.invocation.shown
    ended = f"exit {output.exit_code}, {len(output.stdout):,} characters" if verbosity >= 7 else ""
    said = output.stderr.strip() if verbosity >= 8 else ""
    words = (f"{output.seconds:6.2f}s", joined(argv), ended, found.reason, said)
    return "  ".join(filter(None, words))


def reporter(verbosity: int) -> "Tell":
    """Return what reports progress: commands with `-v 6`, what is awaited by cluster on a terminal, else nothing."""
    if verbosity >= 6:
        return lambda found, _left: terminal.tell(_trace(found, verbosity))
    if not sys.stderr.isatty() or terminal.is_hushed():
        return lambda _found, _left: None
    answers: Counter[str] = Counter()

    def count(found: Observation, left: Mapping[str, int]) -> None:
        answers[found.invocation.context] += 1
        text = progress(answers, left)[: shutil.get_terminal_size().columns - 1]
        terminal.progress(f"\r\x1b[K{text}" + "\r" * bool(text))

    return count


def progress(answers: Mapping[str, int], left: Mapping[str, int]) -> str:
    """Return a line on how far the clusters are: those that are behind with what they have answered, of how many."""
    behind = [f"{name} {answers.get(name, 0)}/{answers.get(name, 0) + left[name]}" for name in left if name]
    done = sum(1 for name in answers if name and name not in left)
    return " · ".join([f"{done} done", *behind]) if behind else ""

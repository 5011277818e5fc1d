"""The process's own streams and signals: what may be closed, full, too narrow for a letter, or sent at any moment."""

import os
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn, TextIO

import click

from kubectl_mcdiag.errors import McdiagError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 1.5


class Stop:
    """Remembers the signal that ended the run, and passes it on to whoever can stop at once."""

    def __init__(self) -> None:
        self.signal = 0
        self.on_stop: Callable[[], None] = lambda: None

    def arm(self) -> None:
        """Take the signals from now on, but those that the run was started to ignore (by `nohup`, say).

        SIGHUP is among them because the tools run in sessions of their own, where no terminal's end reaches them.
        """
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        # A second one does not wait for the report; nor does the first, where nobody reads it.
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, lambda *_: os._exit(128 + number))
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
        self.signal = number
        self.on_stop()

    def code(self, code: int) -> int:
        """Return the exit code of the run: this one, or that of the signal which ended it."""
        return 128 + self.signal if self.signal else code

    def leave(self, code: int) -> NoReturn:
        """End the run with this exit code, or with that of the signal which ended it."""
        # While the interpreter shuts down nobody takes the alarm, and it would end the run with a code of its own.
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise SystemExit(self.code(code))


_hushed = [False]


def hush(on: bool) -> None:
    """Say no more than errors on stderr, or all again."""
    _hushed[0] = on


def is_hushed() -> bool:
    """Return whether nothing but errors is to be said on stderr."""
    return _hushed[0]


def prepare() -> None:
    """Make sure that there are three streams, and that none of them fails on a letter it cannot hold."""
    hush(False)
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor < 3:  # a closed one would go to the next file opened, a recording say
        descriptor = os.dup(descriptor)
    os.close(descriptor)
    sys.stdout = _lenient(sys.stdout, 1)
    sys.stderr = _lenient(sys.stderr, 2)


def _lenient(stream: TextIO | None, number: int) -> TextIO:
    # Python has None for a stream that was closed when it started.
    found = stream or os.fdopen(number, "w", encoding="utf-8", closefd=False)
    if isinstance(found, TextIOWrapper):
        found.reconfigure(errors="backslashreplace")
    return found


def write(text: str) -> None:
    """Print to stdout; nothing happens where its reader has gone, `McdiagError` (exit 3) where it is full."""
    try:
        click.echo(text.rstrip("\n"))
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as error:
        _silence(sys.stdout)
        raise McdiagError(f"the report could not be written: {error.strerror}", 3) from None


def tell(text: str) -> None:
    """Print a line to stderr with its control characters made visible, and what looks like a secret masked."""
    from kubectl_mcdiag.evidence.masking import masked
    from kubectl_mcdiag.report.clean import block

    progress(masked(block(text)) + "\n")


def note(text: str) -> None:
    """Print a line to stderr that an operator may do without."""
    if not is_hushed():
        tell(text)


def progress(text: str) -> None:
    """Print to stderr as it is; nothing happens where that cannot be."""
    try:
        click.echo(text, err=True, nl=False)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    # What is left in its buffer would fail again at exit, with Python's own message and exit code.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

"""The exceptions of the program; each becomes one outcome, named in its docstring."""


class McdiagError(Exception):
    """The run cannot go on: one line on stderr and the exit code given."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ParseError(Exception):
    """A tool's output is not of the shape its parser knows; stored as the reason the value is missing."""


class Unavailable(Exception):  # noqa: N818 - it is an answer, not an accident
    """A fact cannot be had; becomes UNKNOWN for the smallest scope, with this reason.

    `command` is what failed, for the operator to try, where there is one. `calls_from` is the only context whose calls
    it is about, empty for all.
    """

    def __init__(self, reason: str, command: str = "", calls_from: str = "") -> None:
        super().__init__(reason)
        self.command = command
        self.calls_from = calls_from

    def again(self) -> "Unavailable":
        """Return the same, as if it had not been raised yet."""
        return type(self)(str(self), self.command, self.calls_from)


class Forgone(Unavailable):
    """The operator has chosen not to ask (`--no-exec`, `--no-secrets`); becomes SKIP with this reason."""


class NotApplicable(Exception):  # noqa: N818 - it is an answer, not an accident
    """A check has nothing to judge here; becomes SKIP with this reason."""

"""Where reports go: formats for stdout and for files, several in one run."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from kubectl_mcdiag.cli.exits import UNJUDGED
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run import terminal

if TYPE_CHECKING:
    from kubectl_mcdiag.verdict.model import Report

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FORMATS = ("text", "short", "wide", "steps", "json", "yaml", "junit", "markdown", "html")
_WIDTH = 80
_WIDEST = 120


@dataclass(frozen=True, slots=True)
class Output:
    """A format, and the file it is written to; an empty `path` is stdout."""

    format: str
    path: str = ""


class OutputType(click.ParamType[Output]):
    """`FORMAT`, or `FORMAT=FILE`."""

    name = "output"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """Return the format and the file."""
        form, equals, path = str(value).partition("=")
        if form not in FORMATS or (equals and not path):
            self.fail(f"{value!r} is not FORMAT or FORMAT=FILE; FORMAT is one of {', '.join(FORMATS)}", param, ctx)
        return Output(form, path)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """Offer the formats."""
        del ctx, param
        return [CompletionItem(form) for form in FORMATS if form.startswith(incomplete)]


def refuse_clashes(outputs: tuple[Output, ...]) -> None:
    """Raise `McdiagError` where two reports would go to one place."""
    places = [each.path for each in outputs]
    twice = [place for place in places if places.count(place) > 1]
    if twice:
        where = f"the file {twice[0]}" if twice[0] else "stdout; write all but one as FORMAT=FILE"
        raise McdiagError(f"two outputs go to {where}")


def write(report: "Report", outputs: Iterable[Output], colour: str) -> None:
    """Write a report in each format to its place; files first, so that stdout ends with what is read."""
    for each in sorted(outputs, key=lambda output: not output.path):
        if each.path:
            _save(Path(each.path), rendered(report, each.format))
        else:
            terminal.write(rendered(report, each.format, style_for(colour)))


def rendered(report: "Report", form: str, style: Any = None) -> str:
    """Return a report as text; without a style, as for a file."""
    from kubectl_mcdiag import report as reports

    return reports.FORMATS[form](report, style or reports.Style(_WIDTH, False, False))


def style_for(colour: str) -> Any:
    """Return the style of stdout: its width and what it can show."""
    from kubectl_mcdiag.report import Style

    on_terminal = sys.stdout.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    coloured = colour == "always" or (colour == "auto" and on_terminal and not plain)
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(min(_columns(), _WIDEST), coloured, not encoding.startswith("utf"))


def _columns() -> int:
    """Return the width of the terminal, also where stdout is piped to a pager."""
    if os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size((_WIDTH, 24)).columns
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        with suppress(OSError, ValueError, AttributeError):
            return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    return _WIDTH


def _save(path: Path, text: str) -> None:
    # A reader of the file finds the old report or the new one, never half of it.
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        part.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise McdiagError(f"{path} could not be written: {error.strerror}", UNJUDGED) from None


_OPTIONS: tuple[Decorator, ...] = (
    click.option(
        "-o",
        "--output",
        type=OutputType(),
        multiple=True,
        default=("text",),
        metavar="FORMAT[=FILE]",
        help=f"Output format: {', '.join(FORMATS)}; repeat it to write files as well.  [default: text]",
    ),
    click.option(
        "--min-severity",
        type=click.Choice(("note", "warn", "fail")),
        default="note",
        show_default=True,
        help="Leave out of the report what is less; the exit code stays.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(("fail", "warn")),
        default="fail",
        show_default=True,
        help="Exit 1 from here on.",
    ),
    click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        show_default=True,
        help="Color.",
    ),
)


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about reports: formats and files, the least severity shown, what fails the run, color."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function

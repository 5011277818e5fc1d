"""The report for people: mesh, pairs, root causes, notes, what could not be judged, verdict."""

from collections.abc import Sequence

from kubectl_mcdiag import __version__
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.causes import ignored, note, root_cause, unknown
from kubectl_mcdiag.report.columns import Grid, blocks, fold
from kubectl_mcdiag.report.mesh import LABELS, asides, cells, ends, verdict_columns
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.words import (
    checks_text,
    count,
    exit_text,
    fetched_text,
    moment,
    next_text,
    remarks,
    tally,
    verdict_text,
)
from kubectl_mcdiag.verdict.model import Consequence, Report

SHOWN_NOTES = 3
CELL_COLOURS = {"FAIL": Colour.RED, "WARN": Colour.YELLOW, "?": Colour.YELLOW, "ok": Colour.GREEN}
COLOURS = {Status.FAIL: Colour.RED, Status.WARN: Colour.YELLOW, Status.UNKNOWN: Colour.YELLOW}


def table(report: Report, style: Style) -> str:
    """Write the report for people."""
    sections = (
        [_head(report, style), *(fold(report.origin, style.width) if report.origin else ())],
        _mesh(report, style),
        *([text] for text in _asides(report, style)),
        _matrix(report, style),
        _root_causes(report, style),
        _notes(report, style),
        _ignored(report, style),
        _unknowns(report, style),
        _verdict(report, style),
    )
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _head(report: Report, style: Style) -> str:
    parts = (
        f"kubectl mcdiag {__version__}",
        count(len(report.clusters), "cluster"),
        f"as of {moment(report)}",
    )
    return style.paint(f" {style.glyphs.bullet} ".join(parts), Colour.DIM)


def _mesh(report: Report, style: Style) -> list[str]:
    """Draw each cluster as a column, so that what must be equal stands side by side."""
    if not report.clusters:
        return ["No cluster was looked at."]
    columns = tuple((each.context, *cells(each)) for each in report.clusters)
    return ["\n\n".join(blocks(Grid(("", *LABELS), columns), style.width))]


def _asides(report: Report, style: Style) -> list[str]:
    return ["\n".join(fold(text, style.width)) for text in asides(report)]


def _matrix(report: Report, style: Style) -> list[str]:
    """Draw the pairs: rows call, columns are called. Names that do not fit above become numbers."""
    if not report.pairs:
        return ["No pair to judge: give two or more contexts (--context A --context B)."]
    head = f"from {style.glyphs.down} to {style.glyphs.arrow}"
    drawn = _blocks_of_pairs(report, head, ends(report), ends(report), style)
    if len(drawn) > 1:
        numbers = tuple(str(number) for number in range(1, len(ends(report)) + 1))
        rows = tuple(f"{number} {name}" for number, name in zip(numbers, ends(report), strict=True))
        drawn = _blocks_of_pairs(report, head, rows, numbers, style)
    return ["\n\n".join(drawn)]


def _blocks_of_pairs(
    report: Report, head: str, rows: tuple[str, ...], heads: tuple[str, ...], style: Style
) -> list[str]:
    verdicts = verdict_columns(report)
    columns = tuple((name, *words) for name, words in zip(heads, verdicts, strict=True))
    return blocks(Grid((head, *rows), columns), style.width, lambda cell: _paint(cell, style))


def _paint(cell: str, style: Style) -> str:
    return style.paint(cell, CELL_COLOURS[cell]) if cell in CELL_COLOURS else cell


def _root_causes(report: Report, style: Style) -> list[str]:
    lines = [_title("Root causes", style)] if report.root_causes else []
    for number, cause in enumerate(report.root_causes, start=1):
        lines += ["", *root_cause(number, cause, style)]
    return lines


def _notes(report: Report, style: Style) -> list[str]:
    lines = [_title("Notes: by design, not faults", style)] if report.notes else []
    for code in dict.fromkeys(each.check.code for each in report.notes):
        lines += _alike([each for each in report.notes if each.check.code == code], style)
    return lines


def _alike(notes: Sequence[Consequence], style: Style) -> list[str]:
    lines = [text for each in notes[:SHOWN_NOTES] for text in ("", *note(each, style))]
    hidden = len(notes) - SHOWN_NOTES
    more = ["", f"   and {hidden} more of {notes[0].check.code} (-o json has them all)"]
    return [*lines, *more] if hidden > 0 else lines


def _ignored(report: Report, style: Style) -> list[str]:
    """Show what the ignore file sets apart, and which of its entries had no effect."""
    lines = [_title("Ignored", style)] if report.ignored or remarks(report) else []
    for each in report.ignored:
        lines += ["", *ignored(each, style)]
    return lines + [part for text in remarks(report) for part in ("", *fold(text, style.width))]


def _unknowns(report: Report, style: Style) -> list[str]:
    lines = [_title("Could not be judged", style)] if report.unknowns else []
    for each in report.unknowns:
        lines += ["", *unknown(each, style)]
    return lines


def _verdict(report: Report, style: Style) -> list[str]:
    """Close with counts, the exit code and what to do next; on one line where all is well."""
    word = style.paint(verdict_text(report), COLOURS.get(report.status, Colour.GREEN), Colour.BOLD)
    rest = "; ".join(filter(None, [checks_text(report), fetched_text(report), exit_text(report)]))
    if report.status not in COLOURS:
        return [f"{word}: {tally(report)}; {rest}"]
    return [f"{word}: {tally(report)}", rest, *filter(None, [next_text(report)])]


def _title(text: str, style: Style) -> str:
    return style.paint(text, Colour.BOLD)

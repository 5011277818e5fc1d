"""The report for people: mesh, pairs, root causes, notes, what could not be judged, verdict."""

from collections.abc import Sequence

from kubectl_mcdiag import __version__
from kubectl_mcdiag.findings import Consequence, Report, Status
from kubectl_mcdiag.render.causes import note, root_cause, unknown
from kubectl_mcdiag.render.mesh import matrix, mesh
from kubectl_mcdiag.render.style import Colour, Style
from kubectl_mcdiag.render.words import checks_text, count, exit_text, has_unknowns, tally

SHOWN_NOTES = 3
COLOURS = {Status.FAIL: Colour.RED, Status.WARN: Colour.YELLOW, Status.UNKNOWN: Colour.YELLOW}


def table(report: Report, style: Style) -> str:
    """Write the report for people."""
    sections = (
        [_head(report, style)],
        mesh(report, style),
        matrix(report, style),
        _root_causes(report, style),
        _notes(report, style),
        _unknowns(report, style),
        _not_applicable(report, style),
        _verdict(report, style),
    )
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _head(report: Report, style: Style) -> str:
    taken = f"{report.taken_at:%Y-%m-%d %H:%M:%S %Z}".strip()
    parts = (f"kubectl mcdiag {__version__}", count(len(report.clusters), "cluster"), f"as of {taken}")
    return style.paint(f" {style.glyphs.bullet} ".join(parts), Colour.DIM)


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


def _unknowns(report: Report, style: Style) -> list[str]:
    lines = [_title("Could not be judged", style)] if report.unknowns else []
    for each in report.unknowns:
        lines += ["", *unknown(each, style)]
    return lines


def _not_applicable(report: Report, style: Style) -> list[str]:
    """Name the skipped checks by reason; a green report only counts them."""
    if report.status in (Status.PASS, Status.SKIP, Status.NOTE):
        return []
    skipped: dict[str, list[str]] = {}
    for result in report.results:
        if result.status is Status.SKIP:
            skipped.setdefault(result.reason, []).append(result.check.code)
    lines = [f"{', '.join(codes)}: {reason or 'does not apply'}" for reason, codes in skipped.items()]
    return [style.paint(text, Colour.DIM) for text in ("Does not apply", *lines)] if lines else []


def _verdict(report: Report, style: Style) -> list[str]:
    colour = COLOURS.get(report.status, Colour.GREEN)
    word = style.paint(_word(report), colour, Colour.BOLD)
    rest = f"{checks_text(report)}; {exit_text(report)}"
    if report.status not in COLOURS:
        return [f"{word}: {tally(report)}; {rest}"]
    return [f"{word}: {tally(report)}", rest, *_next(report)]


def _word(report: Report) -> str:
    return report.status.value.upper() if report.status in COLOURS else "ok"


def _next(report: Report) -> list[str]:
    if report.root_causes:
        code = report.root_causes[0].check.code
        return [f"Next: mend 1 and run this again; kubectl mcdiag explain {code} says more about it."]
    if has_unknowns(report):
        return ["Next: make the commands above work and run this again."]
    return []


def _title(text: str, style: Style) -> str:
    return style.paint(text, Colour.BOLD)

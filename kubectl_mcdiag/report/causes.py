"""The second half of the report for people: root causes, notes, and what could not be judged."""

from collections.abc import Sequence

from kubectl_mcdiag.checks.contract import Evidence, Finding
from kubectl_mcdiag.checks.steps import Step, pasted
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.references import url
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.words import (
    HOP,
    SHOWN_PAIRS,
    ignored_text,
    pair_text,
    places,
    several,
    step_text,
    summarised,
    where,
)
from kubectl_mcdiag.verdict.model import Consequence, Ignored, RootCause, Unknown

INDENT = 3
EXCERPT_LINES = 12
COLOURS = {Status.FAIL: Colour.RED, Status.WARN: Colour.YELLOW, Status.NOTE: Colour.DIM}


def root_cause(number: int, cause: RootCause, style: Style) -> list[str]:
    """Write one root cause: what is wrong, where, what proves it, what fixes it, what it explains."""
    return [
        *_headline(number, cause, style),
        *_wrapped(_place(cause, style), style, Colour.DIM),
        *_path(cause, style),
        *_proof_and_steps(cause.finding, style),
        "",
        *_wrapped(f"Docs: {url(cause.check)}", style, Colour.DIM),
        *_consequences(cause.consequences, style),
    ]


def body(finding: Finding, style: Style) -> list[str]:
    """Write what is wrong, what proves it and what fixes it."""
    return [*_wrapped(finding.text, style, Colour.BOLD), *_proof_and_steps(finding, style)]


def _proof_and_steps(finding: Finding, style: Style) -> list[str]:
    advice = ["", *_wrapped(str(finding.advice), style)] if finding.advice else []
    return [*_evidence(finding.evidence, style), *advice, *_steps(finding.fix, style)]


def _headline(number: int, cause: RootCause, style: Style) -> list[str]:
    status = cause.finding.status
    first, *rest = fold(cause.finding.text, style.width - INDENT - len("FAIL MC000 "))
    word = style.paint(status.value.upper(), COLOURS[status], Colour.BOLD)
    head = f"{number}. {word} {style.paint(cause.check.code, Colour.BOLD)} {style.paint(first, Colour.BOLD)}"
    return [head, *(" " * INDENT + style.paint(text, Colour.BOLD) for text in rest)]


def _path(cause: RootCause, style: Style) -> list[str]:
    """Write the path of a call that it breaks, a line for each hop."""
    if cause.path is None:
        return []
    call = cause.path.call
    rows = (f"{hop.kind.value:10}  {HOP[hop.state]:9}  {cause.path.words(hop)}".rstrip() for hop in cause.path.hops)
    head = f"Path of a call from {call.client} in {call.source} to {call.service}:{call.port} in {call.destination}"
    return ["", *_wrapped(head, style), *(part for row in rows for part in _wrapped(f"  {row}", style))]


def _place(cause: RootCause, style: Style) -> str:
    return f" {style.glyphs.bullet} ".join(places(cause.finding.scope, style.glyphs))


def note(each: Consequence, style: Style) -> list[str]:
    """Write what looks like a fault and is by design, with the command that shows it."""
    place = where(each.finding.scope, style.glyphs)
    return [
        f"{style.glyphs.bullet} {each.check.code} {place}",
        *_wrapped(each.finding.text, style),
        *(text for evidence in each.finding.evidence for text in _indented(evidence.command, INDENT)),
    ]


def ignored(each: Ignored, style: Style) -> list[str]:
    """Write a root cause that is ignored: where, until when, why, and what is wrong."""
    first, *rest = fold(ignored_text(each, style.glyphs), style.width - INDENT)
    head = f"{style.glyphs.bullet} {first}"
    return [head, *(" " * INDENT + text for text in rest), *_wrapped(each.cause.finding.text, style, Colour.DIM)]


def unknown(each: Unknown, style: Style) -> list[str]:
    """Write what could not be judged: the reason, the command that failed, what it touches."""
    place = f"{several(each.clusters)}: " if each.clusters else ""
    pairs = several([pair_text(pair, style.glyphs) for pair in each.pairs], SHOWN_PAIRS)
    touched = (("checks", several(each.codes)), ("pairs", pairs))
    question = style.paint("?", Colour.YELLOW)
    first, *rest = fold(place + each.reason, style.width - INDENT)
    return [
        f"{question}  {first}",
        *(f"{' ' * INDENT}{text}" for text in rest),
        *(_indented(each.command, INDENT) if each.command else []),
        *(text for word, names in touched if names for text in _wrapped(f"{word}: {names}", style)),
    ]


def _wrapped(text: str, style: Style, *colours: Colour) -> list[str]:
    return [" " * INDENT + style.paint(part, *colours) for part in fold(text, style.width - INDENT)]


def _evidence(evidence: Sequence[Evidence], style: Style) -> list[str]:
    lines: list[str] = []
    for each in evidence:
        head = f"Evidence from {each.context}:" if each.context else "Evidence:"
        lines += ["", " " * INDENT + style.paint(head, Colour.DIM), *_indented(each.command, INDENT)]
        lines += _excerpt(each.excerpt, style)
    return lines


def _excerpt(excerpt: str, style: Style) -> list[str]:
    lines = excerpt.split("\n") if excerpt else []
    hidden = len(lines) - EXCERPT_LINES
    if hidden > 0:
        lines = [
            *lines[:EXCERPT_LINES],
            f"{style.glyphs.ellipsis} {hidden} more lines (-o json has them all)",
        ]
    return [text for each in lines for text in _indented(each, 2 * INDENT + 1)]


def _indented(text: str, columns: int) -> list[str]:
    return [(" " * columns + each).rstrip() for each in text.split("\n")]


def _steps(steps: Sequence[Step], style: Style) -> list[str]:
    """Write what the steps do, then the commands alone, from column 0: zsh would run comments between them."""
    if not steps:
        return []
    lines = ["", " " * INDENT + style.paint("Fix:", Colour.BOLD)]
    for number, step in enumerate(steps, 1):
        lines += _wrapped(f"{number}. {step_text(step)}", style, *([Colour.YELLOW] if step.marks else []))
    return [*lines, "", *pasted(steps).split("\n")]


def _consequences(consequences: Sequence[Consequence], style: Style) -> list[str]:
    """Write what a root cause explains; many of one code and status share one entry with their count."""
    if not consequences:
        return []
    lines = ["", " " * INDENT + style.paint("What follows from it:", Colour.DIM)]
    return lines + [text for each, number in summarised(consequences) for text in _consequence(each, number, style)]


def _consequence(each: Consequence, number: int, style: Style) -> list[str]:
    glyphs = style.glyphs
    many = f" {glyphs.times}{number}, first" if number > 1 else ""
    head = f"{glyphs.corner} {each.check.code} {each.finding.status.value.upper()}{many}: "
    first, *rest = fold(head + " ".join(each.finding.text.split()), style.width - 2 * INDENT)
    return [" " * INDENT + first, *(" " * (INDENT + 2) + text for text in rest)]

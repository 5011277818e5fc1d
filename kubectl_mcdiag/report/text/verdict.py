"""The first lines: which calls are broken, why, and how much the fix changes."""

from collections.abc import Iterator

from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.sentences import STAR, fix_text, sentences, word
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.verdict.model import Report

SHOWN_CAUSES = 3
COLOURS = {
    Status.FAIL: Colour.RED,
    Status.WARN: Colour.YELLOW,
    Status.UNKNOWN: Colour.YELLOW,
    Status.PASS: Colour.GREEN,
}


def verdict(report: Report, style: Style) -> list[str]:
    """Write the verdict: a word, a sentence, and a line for each root cause."""
    head = word(report)
    indent = " " * (len(head) + 2)
    colour = COLOURS.get(report.status, Colour.GREEN)
    lines = [part for text in sentences(report, style.glyphs) for part in _hung(text, style.width - len(indent))]
    first, *rest = lines
    return [
        f"{style.paint(head, colour, Colour.BOLD)}  {style.paint(first, Colour.BOLD)}",
        *(indent + line for line in rest),
        *(indent + line for line in _causes(report, style, style.width - len(indent))),
    ]


def _hung(text: str, width: int) -> list[str]:
    """Fold a sentence; what begins with a star is hung behind it."""
    if not text.startswith(STAR):
        return fold(text, width)
    first, *rest = fold(text.removeprefix(STAR), width - len(STAR))
    return [STAR + first, *(" " * len(STAR) + line for line in rest)]


def _causes(report: Report, style: Style, width: int) -> Iterator[str]:
    """Yield the cause and what its fix changes; of several causes a line each."""
    causes = report.root_causes
    if len(causes) == 1:
        yield from _labelled("Cause", f"{causes[0].finding.headline} ({causes[0].check.code})", width)
        yield from _labelled("Fix", fix_text(causes[0], "below"), width)
        return
    if causes and report.status is Status.FAIL:
        yield f"{len(causes)} independent causes; fix them all."
    for number, cause in enumerate(causes[:SHOWN_CAUSES], start=1):
        yield from _labelled(str(number), f"{cause.finding.headline} ({cause.check.code})", width)
    if len(causes) > SHOWN_CAUSES:
        yield f"{style.glyphs.ellipsis}  and {len(causes) - SHOWN_CAUSES} more below"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    head = f"{label:5}  " if len(label) > 2 else f"{label:2} "
    for place, line in enumerate(fold(text, width - len(head))):
        yield (head if place == 0 else " " * len(head)) + line

"""What has changed between two reports: pairs, root causes, and what could not be judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.sentences import sentences, word
from kubectl_mcdiag.report.style import Glyphs, Style
from kubectl_mcdiag.report.words import cell_text, pair_text
from kubectl_mcdiag.verdict.model import Report

NOTHING = "-"
_CLEARED, _APPEARED, _STAYED = "- ", "+ ", "= "


@dataclass(frozen=True, slots=True)
class Changes:
    """Two verdicts; pairs as they were and are; causes and reasons that are gone, new, or still there."""

    verdicts: tuple[str, str]
    pairs: tuple[tuple[str, str, str], ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    still: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed."""
        return not (self.pairs or self.gone or self.new)


def compared(old: Report, new: Report, glyphs: Glyphs) -> Changes:
    """Compare two reports; clusters are the same where their contexts have the same names."""
    before, after = _said(old), _said(new)
    return Changes(
        (_verdict(old, glyphs), _verdict(new, glyphs)),
        tuple(_pairs(old, new, glyphs)),
        tuple(text for text in before if text not in after),
        tuple(text for text in after if text not in before),
        tuple(text for text in after if text in before),
    )


def text(found: Changes, style: Style) -> str:
    """Write the changes: `-` is gone, `+` is new, `=` is still there."""
    lines = [f"was  {found.verdicts[0]}", f"now  {found.verdicts[1]}", ""]
    lines += [f"     {pair}: {old} {style.glyphs.arrow} {new}" for pair, old, new in found.pairs]
    marked = ((_CLEARED, found.gone), (_APPEARED, found.new), (_STAYED, found.still))
    lines += [part for mark, texts in marked for each in texts for part in _hung(mark, each, style.width)]
    return "\n".join([*lines, "nothing has changed"] if found.is_empty else lines) + "\n"


def document(found: Changes) -> dict[str, Any]:
    """Return the changes as plain values."""
    return {
        "verdict": {"old": found.verdicts[0], "new": found.verdicts[1]},
        "pairs": [{"pair": pair, "old": old, "new": new} for pair, old, new in found.pairs],
        "gone": [*found.gone],
        "new": [*found.new],
        "still": [*found.still],
    }


def _verdict(report: Report, glyphs: Glyphs) -> str:
    return f"{word(report)}  {next(iter(sentences(report, glyphs)))}"


def _pairs(old: Report, new: Report, glyphs: Glyphs) -> Iterator[tuple[str, str, str]]:
    before, after = ({each.pair: cell_text(each) for each in report.pairs} for report in (old, new))
    for pair in {**before, **after}:
        was, now = before.get(pair, NOTHING), after.get(pair, NOTHING)
        if was != now:
            yield pair_text(pair, glyphs), was, now


def _said(report: Report) -> dict[str, None]:
    """Return what a report says of causes and of what it could not judge, a line each."""
    causes = [f"{each.check.code}  {each.finding.headline}" for each in report.root_causes]
    return dict.fromkeys([*causes, *(f"?  {each.reason}" for each in report.unknowns)])


def _hung(mark: str, said: str, width: int) -> list[str]:
    first, *rest = fold(said, width - len(mark))
    return [mark + first, *(" " * len(mark) + line for line in rest)]

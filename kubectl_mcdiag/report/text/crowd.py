"""The pairs of many clusters, counted: what is down first, then clusters that stand alike together."""

from collections import Counter
from collections.abc import Iterable

from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.mesh import ends
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.words import count, pair_text, several
from kubectl_mcdiag.verdict.model import PairVerdict, Report

SHOWN_PAIRS = 6
SHOWN_GROUPS = 12
WORDS = ("down", "partly down", "not known", "with a warning", "ok")
_COLOURS = {"down": Colour.RED, "partly down": Colour.RED, "ok": Colour.GREEN}

Standing = tuple[tuple[str, int], ...]
"""How many calls stand how, worst first."""


def crowd(report: Report, style: Style) -> list[str]:
    """Write how all directions stand, those that are down, and how each group of clusters stands."""
    lines = [f"  All directions: {_painted(_standing(report.pairs), style)}"]
    lines += _down(report, style)
    groups = _groups(report)
    for (calls, called), names in groups[:SHOWN_GROUPS]:
        head = fold(several(names, 5), style.width - 4)
        lines += ["", *(f"  {text}" for text in head)]
        lines.append(f"    calls:      {_painted(calls, style)}")
        lines.append(f"    is called:  {_painted(called, style)}")
    more = sum(len(names) for _, names in groups[SHOWN_GROUPS:])
    return [*lines, *(["", f"  and {count(more, 'more cluster')}: -o wide"] if more else [])]


def _word(verdict: PairVerdict) -> str:
    if verdict.is_partly:
        return "partly down"
    words = {Status.FAIL: "down", Status.UNKNOWN: "not known", Status.WARN: "with a warning"}
    return words.get(verdict.status, "ok")


def _standing(pairs: Iterable[PairVerdict]) -> Standing:
    found = Counter(map(_word, pairs))
    return tuple((word, found[word]) for word in WORDS if found[word])


def _painted(standing: Standing, style: Style) -> str:
    """Return `48 of 50 ok, 2 down`: what is well first, for that is what the rest is counted against."""
    total = sum(number for _, number in standing)
    fine = dict(standing).get("ok", 0)
    bad = [
        style.paint(f"{number} {word}", _COLOURS.get(word, Colour.YELLOW)) for word, number in standing if word != "ok"
    ]
    return ", ".join([style.paint(f"{fine} of {total} ok", *([] if bad else [Colour.GREEN])), *bad])


def _down(report: Report, style: Style) -> list[str]:
    down = [each for each in report.pairs if each.status is Status.FAIL]
    down.sort(key=lambda each: each.is_partly)
    names = [pair_text(each.pair, style.glyphs) for each in down]
    return [f"  {text}" for text in fold(f"Down: {several(names, SHOWN_PAIRS)}", style.width - 2)] if names else []


def _groups(report: Report) -> list[tuple[tuple[Standing, Standing], list[str]]]:
    """Return the clusters by how they stand, worst first."""
    calls: dict[str, list[PairVerdict]] = {name: [] for name in ends(report)}
    called: dict[str, list[PairVerdict]] = {name: [] for name in calls}
    for each in report.pairs:
        calls[each.pair.source].append(each)
        called[each.pair.destination].append(each)
    groups: dict[tuple[Standing, Standing], list[str]] = {}
    for name in calls:
        groups.setdefault((_standing(calls[name]), _standing(called[name])), []).append(name)
    return sorted(groups.items(), key=lambda group: min(map(_badness, group[0])))


def _badness(standing: Standing) -> tuple[int, int]:
    word, number = standing[0] if standing else ("ok", 0)
    return WORDS.index(word), -number

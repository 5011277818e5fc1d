"""The pairs: rows call, columns are called; of many clusters only the rows where something is wrong, or counts."""

from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.report.mesh import ends
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.text.crowd import crowd
from kubectl_mcdiag.report.words import cell_text, count
from kubectl_mcdiag.verdict.model import PairVerdict, Report

WHOLE = 4
MOST = 12
"""Of more clusters than this the calls are counted."""
_COLOURS = {"FAIL": Colour.RED, "part": Colour.RED, "WARN": Colour.YELLOW, "?": Colour.YELLOW, "ok": Colour.GREEN}


def matrix(report: Report, style: Style) -> list[str]:
    """Draw the pairs, clusters as numbers where their names do not fit."""
    if not report.pairs:
        return []
    if len(ends(report)) > MOST:
        return crowd(report, style)
    names, cells = ends(report), {each.pair: each for each in report.pairs}
    is_short = len(names) <= WHOLE and sum(len(name) + 2 for name in names) + max(map(len, names)) + 6 <= style.width
    heads = names if is_short else tuple(str(number) for number in range(1, len(names) + 1))
    labels = names if is_short else tuple(f"{head} {name}" for head, name in zip(heads, names, strict=True))
    rows = {
        label: [_cell(cells.get(Pair(source, to))) for to in names] for label, source in zip(labels, names, strict=True)
    }
    bad = {label: row for label, row in rows.items() if len(names) <= WHOLE or any(map(_is_bad, row))}
    return _drawn(heads, bad, len(rows) - len(bad), style)


def _cell(verdict: PairVerdict | None) -> str:
    return cell_text(verdict) if verdict else "-"


def _is_bad(cell: str) -> bool:
    return cell.split(" ")[0] not in ("ok", "-", "local")


def _drawn(heads: tuple[str, ...], rows: dict[str, list[str]], hidden: int, style: Style) -> list[str]:
    label = max([len("from \\ to"), *map(len, rows)])
    widths = [max(4, len(head), *(len(row[place]) for row in rows.values())) for place, head in enumerate(heads)]
    columns = _fitting(widths, style.width - label - 4)
    lines = [f"  {'from ' + chr(92) + ' to':{label}}  " + "  ".join(f"{heads[c]:>{widths[c]}}" for c in columns)]
    for name, row in rows.items():
        cells = "  ".join(_painted(row[c], widths[c], style) for c in columns)
        lines.append(f"  {name:{label}}  {cells}")
    more = len(heads) - len(columns)
    fine = [f"{count(hidden, 'cluster')} whose calls are all ok"] if hidden else []
    said = [*fine, *([f"{more} columns (-o wide has them)"] if more else [])]
    return lines + ([f"  Not shown: {', '.join(said)}."] if said and rows else [])


def _fitting(widths: list[int], room: int) -> list[int]:
    columns, used = [], 0
    for place, width in enumerate(widths):
        used += width + 2
        if used > room + 2:
            break
        columns.append(place)
    return columns


def _painted(cell: str, width: int, style: Style) -> str:
    colour = _COLOURS.get(cell.split(" ")[0])
    return " " * (width - len(cell)) + (style.paint(cell, colour) if colour else cell)

"""Text that fits the width: folded sentences, and columns beside a column of labels, cut into blocks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper, wrap

from tabulate import tabulate

GAP = 2
NARROWEST = 24


class NameWrapper(TextWrapper):
    """Folds long names behind a dot, slash, colon, dash or underscore."""

    wordsep_re = re.compile(r"(\s+|[^\s./:_-]*[./:_-]+)")


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells by column; the first cell of each column is its head. Cells may hold line breaks."""

    labels: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]


def unpainted(text: str) -> str:
    """Return the cell as it is."""
    return text


def blocks(grid: Grid, width: int, paint: Callable[[str], str] = unpainted) -> list[str]:
    """Draw the grid: as many columns side by side as fit, the others in blocks below, labels repeated."""
    labels = _column(grid.labels, max(width // 2, NARROWEST))
    room = width - _width(labels)
    cap = max(NARROWEST, room // max(len(grid.columns), 1) - GAP)
    columns = [_column(column, cap) for column in grid.columns]
    return [_draw([labels, *group], paint) for group in _groups(columns, room)]


def fold(text: str, width: int) -> list[str]:
    """Fold at spaces alone, so that a name or a command in the text can still be copied."""
    return [
        part
        for paragraph in text.split("\n")
        for part in wrap(paragraph, max(width, NARROWEST), break_long_words=False, break_on_hyphens=False) or [""]
    ]


def _column(cells: Sequence[str], cap: int) -> list[str]:
    return ["\n".join(_lines(cell, cap)) for cell in cells]


def _lines(cell: str, cap: int) -> list[str]:
    """Fold at spaces, and only within a word that is longer than the cell."""
    return [part for text in fold(cell, cap) for part in NameWrapper(cap).wrap(text) or [""]]


def _width(column: Sequence[str]) -> int:
    """Return the widest line; tabulate pads the head by two."""
    head, *below = ([len(text) for text in cell.split("\n")] for cell in column)
    return max(max(head) + GAP, *map(max, below))


def _groups(columns: Sequence[list[str]], room: int) -> list[list[list[str]]]:
    groups: list[list[list[str]]] = []
    used = 0
    for column in columns:
        used += _width(column) + GAP
        if used > room or not groups:
            groups.append([])
            used = _width(column) + GAP
        groups[-1].append(column)
    return groups


def _draw(columns: Sequence[list[str]], paint: Callable[[str], str]) -> str:
    head, *rows = zip(*columns, strict=True)
    painted = [[row[0], *map(paint, row[1:])] for row in rows]
    text = tabulate(painted, headers=head, tablefmt="simple", disable_numparse=True)
    return "\n".join(each.rstrip() for each in text.splitlines())

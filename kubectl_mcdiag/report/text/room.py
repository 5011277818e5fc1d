"""How much of a cause is shown: as much as leaves the report readable at a glance, the rest is in `-o wide`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROWS = 40
"""What a report of two clusters and one cause may take (issue 17); each further cause or cluster adds to it."""
ROWS_EACH_CAUSE = 26
IN_VIEW = 24
"""The rows of a small terminal: what is wrong and the heading of its fix stand in them."""
FIX, ASK = "Fix", "What to do"
_HEADING = re.compile(rf"^   (?:{FIX} \(|{ASK}$)")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Room:
    """The most that is shown of each kind: commands of evidence, lines of each, reasons and lines of the fix, others.

    `effects`: whether calls and path are shown, and the codes of consequences are explained.
    """

    evidence: int
    excerpt: int
    reasons: int
    fix: int
    others: int
    effects: bool = True


ROOMS = (
    Room(2, 4, 6, 14, 3),
    Room(2, 2, 4, 14, 2),
    Room(1, 3, 4, 14, 1),
    Room(1, 2, 4, 10, 1),
    Room(1, 2, 3, 10, 0),
    Room(1, 1, 3, 10, 0, effects=False),
    Room(1, 1, 2, 4, 0, effects=False),
)


def fitting(draw: Callable[[Room], str], rows: int, width: int) -> str:
    """Draw with the most room that keeps the text within its rows and the first fix in view, or with the least."""
    text = ""
    for room in ROOMS:
        text = draw(room)
        lines = text.splitlines()
        above = next((place for place, line in enumerate(lines) if _HEADING.match(_ESCAPES.sub("", line))), 0)
        if height(lines, width) <= rows and height(lines[: above + 1], width) <= rows - ROWS + IN_VIEW:
            break
    return text


def height(lines: Sequence[str], width: int) -> int:
    """Return how many rows of a terminal the lines take; longer ones are broken by it."""
    return sum(max(1, -(-len(_ESCAPES.sub("", line)) // width)) for line in lines)

"""Where networks, clusters and arrows stand in the picture of the mesh: plain geometry, in whole pixels.

Networks stand in two columns, so that arrows between the columns run through the middle and under no box;
arrows within a column run from neighbour to neighbour, or around the outside. Narrow enough for a phone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDE, HIGH = 150, 66
PAD, HEAD = 10, 22
BETWEEN, MIDDLE = 46, 84
MARGIN, WORD = 8, 20
APART = 7

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner and its size."""

    x: int
    y: int
    width: int = WIDE
    height: int = HIGH

    @property
    def centre(self) -> Point:
        """The point in its middle."""
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow between two points, drawn towards its bends if there are any, and where its word stands."""

    start: Point
    end: Point
    label: Point
    bends: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of the picture, a frame for each network and a box for each name."""

    width: int
    height: int
    frames: Mapping[str, Box]
    boxes: Mapping[str, Box]

    def line(self, source: str, to: str) -> Line:
        """Return the arrow from one name to another."""
        a, b = self.boxes[source], self.boxes[to]
        if a.x != b.x:
            return self._across(a, b)
        steps = abs(a.y - b.y) // (HIGH + BETWEEN)
        outwards = -1 if a.centre[0] < self.width // 2 else 1
        return _neighbours(a, b) if steps == 1 else _around(a, b, steps, outwards)

    def _across(self, a: Box, b: Box) -> Line:
        """Lead an arrow through the middle, from a port to a port."""
        start_x, end_x = (a.x + WIDE, b.x) if a.x < b.x else (a.x, b.x + WIDE)
        start, end = (start_x, self._port(a, b, out=True)), (end_x, self._port(b, a, out=False))
        near = 2 * PAD + 6
        x = start_x + (near if a.x < b.x else -near)
        y = start[1] + (end[1] - start[1]) * near // abs(end_x - start_x)
        return Line(start, end, (x, y))

    def _port(self, box: Box, other: Box, *, out: bool) -> int:
        """Return the height of a port: for each opposite box, from top to bottom, one way out and one in."""
        opposite = sorted(each.y for each in self.boxes.values() if each.x == other.x)
        upper = out == (box.x < other.x)
        index = 2 * opposite.index(other.y) + (0 if upper else 1)
        return box.y + HIGH * (2 * index + 1) // (4 * len(opposite))


def layout(networks: Mapping[str, str]) -> Layout:
    """Place every name of a mapping from name to network."""
    columns = _columns(networks)
    longest = max(map(len, columns))
    margin = max(MARGIN, _reach(longest - 1, down=False) + WORD - PAD) if longest > 2 else MARGIN
    boxes = {
        name: Box(margin + PAD + index * (WIDE + 2 * PAD + MIDDLE), y)
        for index, column in enumerate(columns)
        for name, y in zip(column, _tops(len(column), longest), strict=True)
    }
    members = _by_network(networks)
    frames = {network: _frame([boxes[name] for name in names]) for network, names in members.items()}
    width = 2 * margin + len(columns) * (WIDE + 2 * PAD) + (len(columns) - 1) * MIDDLE
    return Layout(width, 2 * MARGIN + HEAD + _height(longest) + PAD, frames, boxes)


def _by_network(networks: Mapping[str, str]) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for name, network in networks.items():
        members.setdefault(network, []).append(name)
    return members


def _columns(networks: Mapping[str, str]) -> list[list[str]]:
    """Share the networks out to two columns; a network that is alone stands in both."""
    groups = list(_by_network(networks).values())
    if len(groups) == 1:
        groups = [[name] for name in networks]
    left: list[str] = []
    right: list[str] = []
    for group in groups:
        (left if len(left) <= len(right) else right).extend(group)
    return [column for column in (left, right) if column]


def _height(number: int) -> int:
    return number * HIGH + (number - 1) * BETWEEN


def _tops(number: int, longest: int) -> list[int]:
    """Return where the boxes of a column begin; the shorter column stands in the middle of the longer."""
    first = MARGIN + HEAD + (_height(longest) - _height(number)) // 2
    return [first + index * (HIGH + BETWEEN) for index in range(number)]


def _frame(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes) - PAD, min(box.y for box in boxes) - HEAD
    right, bottom = max(box.x for box in boxes) + WIDE + PAD, max(box.y for box in boxes) + HIGH + PAD
    return Box(left, top, right - left, bottom - top)


def _neighbours(a: Box, b: Box) -> Line:
    """Lead an arrow straight up or down, right of the frame's name."""
    down = b.y > a.y
    x = a.x + WIDE - 40 + (-APART if down else APART)
    start, end = (a.y + HIGH, b.y) if down else (a.y, b.y + HIGH)
    return Line((x, start), (x, end), (x + (-20 if down else 20), (start + end) // 2))


def _around(a: Box, b: Box, steps: int, outwards: int) -> Line:
    """Lead an arrow around the outside of the boxes between."""
    down = b.y > a.y
    reach = _reach(steps, down=down)
    edge = a.x + (0 if outwards < 0 else WIDE)
    start, end = a.centre[1] + APART, b.centre[1] - APART
    bend = edge + outwards * reach * 4 // 3
    label = edge + outwards * reach, (start + end) // 2 + (-APART if down else APART)
    return Line((edge, start), (edge, end), label, ((bend, start), (bend, end)))


def _reach(steps: int, *, down: bool) -> int:
    """Return how far out an arrow runs: up further than down, a long way further than a short one."""
    return 16 + (0 if down else 12) + 24 * (steps - 2)

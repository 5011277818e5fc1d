"""How a report is to be drawn: everything that a renderer may know of the terminal."""

from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    """The few colours in use, as parameters of the escape sequence that sets them."""

    RED = "31"
    YELLOW = "33"
    GREEN = "32"
    DIM = "2"
    BOLD = "1"
    INVERSE = "7"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs beyond ASCII that the reports use."""

    arrow: str = "→"
    down: str = "↓"
    ellipsis: str = "…"
    times: str = "×"
    bullet: str = "·"
    corner: str = "└"
    both: str = "⇄"


UNICODE = Glyphs()
ASCII = Glyphs(arrow="->", down="v", ellipsis="...", times="x", bullet="-", corner="-", both="<->")


@dataclass(frozen=True, slots=True)
class Style:
    """Width in columns; whether colours may be used; whether only ASCII may be used."""

    width: int = 100
    colour: bool = False
    ascii: bool = False

    @property
    def glyphs(self) -> Glyphs:
        """The signs that the terminal can show."""
        return ASCII if self.ascii else UNICODE

    def paint(self, text: str, *colours: Colour) -> str:
        """Colour one line of text, where colours are wanted."""
        if not (self.colour and text and colours):
            return text
        codes = ";".join(colour.value for colour in colours)
        return f"\x1b[{codes}m{text}\x1b[0m"

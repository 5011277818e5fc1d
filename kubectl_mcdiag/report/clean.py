"""The one place where text that comes from clusters is made harmless, before any format is written.

Names, log lines and error messages are written by others: an escape sequence can hide a line of the
report, a line break can forge one, a bidirectional override can reverse a command.
"""

from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any, cast

from kubectl_mcdiag.evidence.masking import masked
from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.verdict.model import Report

BLOCKS = frozenset({"excerpt", "command", "problem", "shown"})
UNPRINTED = frozenset({"units"})
"""Fields that no format prints: how each check came out for each unit, hundreds of thousands in a big mesh."""
ASCII_TWINS = str.maketrans(
    {
        "→": "->",
        "←": "<-",
        "↓": "v",
        "↑": "^",
        "…": "...",
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "·": "-",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
    }
)


def cleaned(report: Report, *, ascii_only: bool = False) -> Report:
    """Return the report with every text that is printed free of control characters, and in ASCII if so wanted.

    A command that is a value stays as it is: one with such characters is never printed. Line breaks stay in commands,
    excerpts and problems; everywhere else they become spaces.
    """
    return cast("Report", _Cleaner(ascii_only).clean(report, ""))


class _Cleaner:
    """Cleans each text once, be it in a thousand places; what is clean already stays the same record."""

    def __init__(self, ascii_only: bool) -> None:
        self._ascii_only = ascii_only
        self._texts: dict[tuple[str, bool], str] = {}
        self._pairs: dict[Pair, Pair] = {}
        self._names: dict[type, tuple[str, ...]] = {}

    def clean(self, value: Any, name: str) -> Any:
        """Return a value of a field with all that is in it."""
        if name in UNPRINTED:
            return value
        if isinstance(value, str):
            return self._text(value, name in BLOCKS)
        if isinstance(value, tuple):
            items = tuple(self.clean(item, name) for item in value)
            return value if all(map(is_, items, value)) else items
        if isinstance(value, Pair):
            return self._pairs.get(value) or self._pairs.setdefault(value, self._record(value))
        if is_dataclass(value) and not isinstance(value, Command | Shell | type):
            return self._record(value)
        return value

    def _text(self, value: str, is_block: bool) -> str:
        if (value, is_block) not in self._texts:
            text = masked(block(value) if is_block else line(value))
            self._texts[value, is_block] = to_ascii(text) if self._ascii_only else text
        text = self._texts[value, is_block]
        return value if text == value else text

    def _record(self, value: Any) -> Any:
        kind = type(value)
        if kind not in self._names:
            self._names[kind] = tuple(field.name for field in fields(value))
        old = {name: getattr(value, name) for name in self._names[kind]}
        new = {name: self.clean(each, name) for name, each in old.items()}
        return value if all(map(is_, new.values(), old.values())) else replace(value, **new)


def line(text: str) -> str:
    """Return the text on one line: white space collapsed, control characters made visible."""
    return _visible(" ".join(text.split()))


def block(text: str) -> str:
    """Return the text with its lines, control characters made visible, tabs as spaces."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    return "\n".join(_visible(each.expandtabs(8)).rstrip() for each in lines)


def to_ascii(text: str) -> str:
    """Return the text in ASCII: typographic signs by their twins, anything else as an escape."""
    return text.translate(ASCII_TWINS).encode("ascii", "backslashreplace").decode("ascii")


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

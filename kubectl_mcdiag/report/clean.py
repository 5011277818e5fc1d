"""The one place where text that comes from clusters is made harmless, before any format is written.

Names, log lines and error messages are written by others: an escape sequence can hide a line of the
report, a line break can forge one, a bidirectional override can reverse a command.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.evidence.nets import masked
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.verdict.model import Report

BLOCKS = frozenset({"excerpt", "command", "problem", "shown"})
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
    """Return the report with every text free of control characters, and in ASCII if so wanted.

    A command that is a value stays as it is: one with such characters is never printed. Line breaks stay in commands,
    excerpts and problems; everywhere else they become spaces.
    """
    return cast("Report", _clean(report, "", ascii_only))


def _clean(value: Any, name: str, ascii_only: bool) -> Any:
    if isinstance(value, str):
        text = masked(block(value) if name in BLOCKS else line(value))
        return to_ascii(text) if ascii_only else text
    if isinstance(value, tuple):
        return tuple(_clean(item, name, ascii_only) for item in value)
    if is_dataclass(value) and not isinstance(value, Command | Shell | type):
        changed = {f.name: _clean(getattr(value, f.name), f.name, ascii_only) for f in fields(value)}
        return replace(value, **changed)
    return value


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

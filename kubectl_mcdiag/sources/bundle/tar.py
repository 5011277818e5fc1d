"""The members of a tar that may come from anybody: files and folders, their names and contents, and nothing else.

Python's own reader acts on what extended headers say of sizes and places, and some of its releases can be sent round
in circles with them (CVE-2019-20907, CVE-2025-8194). Here each step leads on by at least one block; of an extended
header only the name is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = 512
_FILES, _FOLDER, _EXTENDED, _GLOBAL, _LONG = b"\0" + b"07", b"5", b"x", b"g", b"L"
_LONGEST_NAME = 4_096


@dataclass(frozen=True, slots=True)
class Member:
    """A file (its content) or a folder (`content` is None)."""

    name: str
    content: bytes | None


def members(data: bytes) -> Iterator[Member]:
    """Yield the members in order; raise `ValueError` for what is neither file nor folder, cut off or contradictory."""
    place, name = 0, ""
    while (header := data[place : place + BLOCK]).strip(b"\0"):
        size = _size(header)
        content = data[place + BLOCK : place + BLOCK + size]
        if len(content) != size:
            raise ValueError("a file in it is larger than itself")
        place += BLOCK + -(-size // BLOCK) * BLOCK
        kind = header[156:157]
        if kind in (_EXTENDED, _LONG):
            name = _long_name(kind, content) or name
        elif kind != _GLOBAL:
            yield _member(kind, name or _name(header), content)
            name = ""
    if not header or name:
        raise ValueError("it ends too early")


def _member(kind: bytes, name: str, content: bytes) -> Member:
    if kind == _FOLDER or name.endswith("/"):
        return Member(name, None)
    if kind not in tuple(_FILES[place : place + 1] for place in range(len(_FILES))):
        raise ValueError(f"{name[:100]!r} is neither a file nor a folder")
    return Member(name, content)


def _size(header: bytes) -> int:
    """Return the size that a header names, once its sum is right; those past 8 GB are written in another way."""
    if len(header) < BLOCK or _number(header[148:156]) != sum(header[:148]) + 8 * 32 + sum(header[156:]):
        raise ValueError("a header in it is damaged")
    return _number(header[124:136])


def _number(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not all(48 <= digit < 56 for digit in digits):
        raise ValueError("a number in it is none")
    return int(digits or b"0", 8)


def _name(header: bytes) -> str:
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{_text(header[:100])}" if prefix else _text(header[:100])


def _long_name(kind: bytes, content: bytes) -> str:
    return _text(content) if kind == _LONG else _extended(content)


def _extended(content: bytes) -> str:
    """Return the name that a pax header gives the member after it, empty where it gives none."""
    name, place = "", 0
    while place < len(content.rstrip(b"\0")):
        length, space, _ = content[place : place + _LONGEST_NAME].partition(b" ")
        if not (space and length.isdigit() and len(length) < 8 and int(length) > len(length) + 1):
            raise ValueError("an extended header in it is damaged")
        key, _, value = content[place + len(length) + 1 : place + int(length) - 1].partition(b"=")
        if key == b"size" or key.startswith(b"GNU.sparse"):
            raise ValueError("a member in it is neither a file nor a folder")
        name = _text(value) if key == b"path" else name
        place += int(length)
    return name


def _text(field: bytes) -> str:
    text = field.split(b"\0", 1)[0]
    if len(text) > _LONGEST_NAME:
        raise ValueError("a name in it is too long")
    return text.decode("utf-8", "replace")

"""Argv as a value, and the one place that makes text of it to paste into bash, zsh or fish.

Nothing else in the package quotes for a shell (`tests/test_shell.py` holds it).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 78
_INDENT, _AND = "  ", " &&"
# What stands after `:?` inside double quotes: no shell finds anything to expand in it.
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:;/_()+-]")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# zsh looks for a command after a leading `=`, fish takes `%self` for a process.
_BARE = re.compile(r"(?![=%])[\w@%+=:,./-]+", re.ASCII)
# Within single quotes fish reads a backslash as one that quotes; within double ones all shells read two as one.
_OUTSIDE = {"'": "'\"'\"'", "\\": "'\"\\\\\"'"}


@dataclass(frozen=True, slots=True)
class Input:
    """A value that the operator sets as a variable of the shell; a block without it stops and says what it is.

    fish does not know `${NAME:?…}`: there the whole block is refused, which is as safe.
    """

    name: str
    what: str

    def __str__(self) -> str:
        return f'"${{{self.name}:?{_PLAIN.sub("", self.what)}}}"'


@dataclass(frozen=True, slots=True)
class Joined:
    """One argument made of several parts, some of which are the operator's."""

    parts: tuple[str | Input, ...]

    def __str__(self) -> str:
        return "".join(_quoted(part) for part in self.parts)


Word = str | Input | Joined
Argv = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """One command, or several of which each reads what the one before it prints."""

    pipeline: tuple[Argv, ...]

    def piped(self, *words: Word) -> "Shell":
        """Return the same with another command that reads what this one prints."""
        return Shell((*self.pipeline, words))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return what the operator has to set, each once."""
        words = [word for argv in self.pipeline for word in argv]
        parts = [part for word in words for part in (word.parts if isinstance(word, Joined) else (word,))]
        return tuple(dict.fromkeys(part for part in parts if isinstance(part, Input)))

    @property
    def is_printable(self) -> bool:
        """Whether no word holds a line break, a control or a bidirectional character."""
        words = [str(word) if isinstance(word, Joined) else word for argv in self.pipeline for word in argv]
        return not any(isinstance(word, str) and _UNSEEN.search(word) for word in words)

    def __str__(self) -> str:
        return " | ".join(" ".join(_quoted(word) for word in argv) for argv in self.pipeline)

    def text(self, width: int = WIDTH) -> str:
        """Return what to paste, wrapped with backslashes so that no line is longer than `width`.

        In a pipeline `${NAME:?…}` would end its own command alone, so that all inputs are asked for in front of it.
        """
        asked = self.inputs if len(self.pipeline) > 1 else ()
        lines = [line for one in asked for line in _folded((":", one), _AND, width, "")]
        for place, words in enumerate(self.pipeline):
            argv = tuple(_asked(word) for word in words) if asked else words
            end = " |" if place < len(self.pipeline) - 1 else ""
            lines += _folded(argv, end, width, _INDENT if place else "")
        return "\n".join(lines)


def shell(*words: Word) -> Shell:
    """Return one command."""
    return Shell((words,))


def block(commands: Iterable[Shell], width: int = WIDTH) -> str:
    """Return commands of which each runs only where the one before it has succeeded."""
    *first, last = commands
    return "".join(f"{one.text(width - len(_AND))}{_AND}\n" for one in first) + last.text(width)


def joined(words: Iterable[str]) -> str:
    """Return words as one line of a shell."""
    return " ".join(map(quote, words))


def quote(word: str) -> str:
    """Return a word so that bash, zsh and fish all read it as it is."""
    return word if _BARE.fullmatch(word) else "'" + re.sub(r"['\\]", lambda found: _OUTSIDE[found[0]], word) + "'"


def _asked(word: Word) -> Word:
    """Return a word whose inputs were asked for before: they are not described a second time."""
    if isinstance(word, Joined):
        return Joined(tuple(Input(part.name, "") if isinstance(part, Input) else part for part in word.parts))
    return Input(word.name, "") if isinstance(word, Input) else word


def _quoted(word: Word) -> str:
    return quote(word) if isinstance(word, str) else str(word)


def _folded(argv: Argv, end: str, width: int, indent: str) -> list[str]:
    """Return the lines of one command; all but the last end with a backslash."""
    lines, line = [], indent
    for place, word in enumerate(argv):
        room = width - (len(end) if place == len(argv) - 1 else len(" \\"))
        first, *rest = _pieces(word, width - len(indent + _INDENT) - len(" \\"))
        if line.strip() and len(line) + 1 + len(first) + bool(rest) > room:
            lines.append(f"{line} \\")
            line = indent + _INDENT + first
        else:
            line += f" {first}" if line.strip() else first
        # Without a blank in front, the shell takes what follows a backslash for the same word.
        for piece in rest:
            lines.append(f"{line}\\")
            line = piece
    return [*lines, line + end]


def _pieces(word: Word, room: int) -> list[str]:
    """Return a quoted word in parts that each fit a line and that stand for the word when joined."""
    parts = word.parts if isinstance(word, Joined) else (word,)
    return [piece for part in parts for piece in _cut(part, room)] if len(_quoted(word)) > room else [_quoted(word)]


def _cut(part: str | Input, room: int) -> list[str]:
    whole = _quoted(part)
    if len(whole) <= room or isinstance(part, Input):
        return [whole]
    length = room - 2
    while len(quote(part[:length])) > room:
        length -= 1
    return [quote(part[:length]), *_cut(part[length:], room)]

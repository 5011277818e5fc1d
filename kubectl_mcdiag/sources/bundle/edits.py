"""An answer as the lines that differ from that of the recording it extends: `@START,END` and lines with a `+`."""

import re
from hashlib import sha256

from kubectl_mcdiag.errors import ParseError

_HUNK = re.compile(r"@(\d{1,9}),(\d{1,9})")


def mark(text: str) -> str:
    """Return what tells a text from others, so that edits are not made to another one."""
    return sha256(text.encode()).hexdigest()[:12]


def edited(base: str, edits: str) -> str:
    """Return the base's text with its lines START to END, counted from 0, replaced by those that follow."""
    lines, found, place = base.split("\n"), list[str](), 0
    for line in edits.split("\n"):
        hunk = _HUNK.fullmatch(line)
        if hunk:
            start, end = int(hunk[1]), int(hunk[2])
            if not place <= start <= end <= len(lines):
                raise ParseError("its edits are of another text")
            found += lines[place:start]
            place = end
        elif line.startswith("+"):
            found.append(line[1:])
        elif line:
            raise ParseError("its edits are none")
    return "\n".join((*found, *lines[place:]))

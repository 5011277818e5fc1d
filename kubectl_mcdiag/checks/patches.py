"""What a step changes in an object: the parts of a JSON patch (RFC 6902), computed from what was read.

A part that removes or replaces comes with tests of what was read, so that the patch fails where the object has changed
meanwhile. That a place is empty cannot be tested: API servers (1.34) treat a test for `null` differently.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_mcdiag.evidence.shell import Input, Joined

Operation = dict[str, Any]
_PLACE = re.compile(r"\\u0000(\w+)\\u0000")


def test(path: str, value: Any) -> Operation:
    """Return the part by which a patch fails where the object has changed meanwhile."""
    return {"op": "test", "path": path, "value": value}


def put(path: str, value: Any) -> Operation:
    """Return the part that sets a place to a value; `pointer` makes its path."""
    return {"op": "add", "path": path, "value": value}


def remove(path: str) -> Operation:
    """Return the part that takes a place out, whatever it holds; `removed` and `replaced` test it first."""
    return {"op": "remove", "path": path}


def copied(source: str, path: str) -> Operation:
    """Return the part that sets a place to what another one of the same object holds."""
    return {"op": "copy", "from": source, "path": path}


def replaced(path: str, old: Any, new: Any) -> tuple[Operation, ...]:
    """Return the parts that set a place from one value, which it must have, to another (None: out)."""
    return (test(path, old), remove(path) if new is None else put(path, new))


def removed(path: str, known: Any) -> tuple[Operation, ...]:
    """Return the parts that take a place out of which parts are known, which it must have."""
    return (*tested(path, known), remove(path))


def tested(path: str, known: Any) -> Iterator[Operation]:
    """Yield a test for each value in what is known of a place: what else it holds does not matter."""
    if known and isinstance(known, (Mapping, list)):
        parts = known.items() if isinstance(known, Mapping) else enumerate(known)
        for key, value in parts:
            yield from tested(path + pointer(key), value)
    else:
        yield test(path, known)


def pointer(*keys: str | int) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def written(value: Any) -> str | Joined:
    """Return a value as JSON, in one word; an `Input` in the place of a text is the operator's."""
    asked: dict[str, Input] = {}

    def place(found: Any) -> str:
        asked[found.name] = found
        return f"\0{found.name}\0"

    text = json.dumps(value, default=place)
    parts = _PLACE.split(text)
    if not asked:
        return text
    return Joined(tuple(asked[part] if number % 2 else part for number, part in enumerate(parts)))

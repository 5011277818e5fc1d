"""What is kept of an answer, said as data: a shape names each key, and the kind of each value. Nothing else passes.

    SERVICE = {"metadata": {"name": NAME, "labels": Each(LABEL_VALUE)}, "spec": {"ports": [{"port": NUMBER}]}}

A record that msgspec decodes and encodes would do the same. Shapes were chosen since they also say of each text what
kind of name it is, take numbers where protobuf's JSON writes them as text, and add nothing compiled to the archive.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import LABEL_KEY, Kind
from kubectl_mcdiag.evidence.parsers.shapes import mapping, number, sequence, text

UNREADABLE = "[unreadable]"
"""What stands for a text that is no name of its kind: no name either, so that no command is made of it."""


@dataclass(frozen=True, slots=True)
class Each:
    """An object whose keys are names, each with a value of one shape."""

    value: "Shape"
    key: Kind = LABEL_KEY


@dataclass(frozen=True, slots=True)
class Text:
    """A leaf: what a text becomes."""

    become: Callable[[str], str]


Shape = Mapping[str, Any] | list[Any] | Each | Kind | Text | Callable[[Any], Any]


def kept(shape: Shape, value: Any) -> Any:
    """Return of a value what its shape names, None where there is nothing; `ParseError` where it is of another shape.

    The error names the place, `items[3].spec.ports`, by keys of the shape alone.
    """
    if value is None:
        return None
    match shape:
        case Mapping():
            found = ((key, _at(f".{key}", shape[key], each)) for key, each in mapping(value).items() if key in shape)
            return {key: each for key, each in found if each is not None}
        case [inner]:
            return [_at(f"[{place}]", inner, each) for place, each in enumerate(sequence(value))]
        case Each():
            return {key: _at(".*", shape.value, each) for key, each in mapping(value).items() if shape.key.accepts(key)}
        case Kind():
            return named(shape, text(value))
        case Text():
            return shape.become(text(value))
    return shape(value)  # type: ignore[operator]


def _at(place: str, shape: Shape, value: Any) -> Any:
    try:
        return kept(shape, value)
    except ParseError as error:
        why = str(error)
        raise ParseError(f"{place}{why}" if why[:1] in ".[" else f"{place}: {why}") from None


def named(kind: Kind, value: str) -> str:
    """Return a name, an empty text as it is, and a constant for a text that is no such name."""
    return value if not value or kind.accepts(value) else UNREADABLE


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ParseError("expected true or false")
    return value


def _is_word(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][\w./+-]{0,99}", value, re.ASCII) is not None


NUMBER, FLAG = number, flag
WORD = Kind("a word of its kind", _is_word)
"""A mode, a protocol, a phase, a class."""

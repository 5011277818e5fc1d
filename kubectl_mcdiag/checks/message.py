"""Sentences as data: a template with named values, which the verdict compares and the report words."""

from dataclasses import dataclass, replace
from string import Formatter

SHOWN_NAMES = 3
Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence: `template` names its values in braces, `{count:attempt|attempts}` chooses by number.

    A value is a text, a number, or several texts, which are written as a list.
    """

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return _Words().vformat(self.template, (), dict(self.values))

    def __bool__(self) -> bool:
        return bool(self.template)

    def without(self, name: str) -> "Message":
        """Return the same without one value: what it has in common with those of other services, say."""
        return replace(self, values=tuple((key, value) for key, value in self.values if key != name))

    def saying(self, name: str, value: Value) -> "Message":
        """Return the same with another value, if it says it at all."""
        return replace(self, values=tuple((key, value if key == name else old) for key, old in self.values))


NOTHING = Message("")


def say(template: str, **values: Value) -> Message:
    """Return a message with these values."""
    return Message(template, tuple(sorted(values.items())))


def listed(names: tuple[str, ...]) -> str:
    """Return `a and b`, `a, b and c`, `a, b, c and 97 more`."""
    shown, more = names[:SHOWN_NAMES], len(names) - SHOWN_NAMES
    parts = (*shown, f"{more} more") if more > 0 else shown
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


class _Words(Formatter):
    def format_field(self, value: Value, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.split("|")
            count = value if isinstance(value, int) else len(value) if isinstance(value, tuple) else 1
            return one if count == 1 else many
        return listed(value) if isinstance(value, tuple) else str(value)

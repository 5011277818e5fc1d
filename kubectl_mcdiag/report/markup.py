"""The one way to write XML and HTML here: text is escaped unless an element was made of it."""

from html import escape

EMPTY = frozenset({"meta", "path", "rect"})


class Markup(str):
    """Text that is markup already; only `element` and `joined` make it from what others wrote."""

    __slots__ = ()


def joined(*parts: str) -> Markup:
    """Return the parts one after the other, each escaped unless it is markup."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def element(name: str, /, *children: str, **attributes: str | None) -> Markup:
    """Return one element; `class_` stands for `class`, `-` is written as `_`, and None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")

"""Reading of untyped JSON and YAML: each function returns the shape asked for or raises `ParseError`."""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import yaml

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence import urls


def load_json(text: str) -> Any:
    """Return the one JSON document in the text.

    `pilot-agent` and `pilot-discovery` (1.31) write log lines to stdout before it; those are passed over.
    """
    try:
        return json.loads(_LOG_LINES.sub("", text, count=1))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON{_place(error)}") from None


def _place(error: Exception) -> str:
    return f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""


_LOG_LINES = re.compile(r"\A(?:\d{4}-\d\d-\d\dT[\d:.]+Z\t.*\n)+")


def listed(output: str) -> list[dict[str, Any]]:
    """Return the objects of a Kubernetes List; a document without `items`, such as a `Status`, is none."""
    document = mapping(load_json(output))
    if "items" not in document:
        raise ParseError("expected a List")
    return [mapping(item) for item in sequence(document["items"])]


def load_yaml(text: str) -> Any:
    """Return the one YAML document in the text."""
    try:
        _refuse_monsters(text)
        return yaml.load(text, Loader=_LOADER)  # noqa: TID251, S506 - the C twin of safe_load
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ParseError(f"not YAML{_line(error)}") from None


def _line(error: Exception) -> str:
    # What the library says of the problem quotes the text.
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f": see line {mark.line + 1}" if mark else ""


_INTEGERS = 1 << 64
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEPTH, _NODES = 100, 1_000_000


def _refuse_monsters(text: str) -> None:
    # The C loader recurses without a limit: 30,000 opening brackets end the whole program (PyYAML 6.0). And ten
    # lines of aliases to lists of aliases are a billion nodes for whoever walks through them.
    nodes, sizes, opened = 0, dict[str, int](), list[tuple[str | None, int]]()
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            nodes += sizes.get(event.anchor or "", _NODES)  # one that is still open would hold itself
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, nodes))
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes |= {anchor: nodes - before + 1} if anchor else {}
        if len(opened) > _DEPTH:
            raise ParseError(f"not YAML we read: more than {_DEPTH} levels deep")
        if nodes > _NODES:
            raise ParseError(f"not YAML we read: more than {_NODES:,} values")


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, empty where the key was absent."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParseError(f"expected an object, got {_brief(value)}")
    return value


def sequence(value: Any) -> list[Any]:
    """Return a list, empty where the key was absent."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ParseError(f"expected a list, got {_brief(value)}")
    return value


def text(value: Any) -> str:
    """Return a text, empty where the key was absent; numbers and booleans as they were written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | float) or (isinstance(value, int) and abs(value) < _INTEGERS):
        return str(value)
    raise ParseError(f"expected a text, got {_brief(value)}")


def number(value: Any) -> int:
    """Return a whole number, 0 where the key was absent; protobuf's JSON writes 64-bit ones as text."""
    try:
        found = int(value or 0)
    except (TypeError, ValueError, OverflowError):
        raise ParseError(f"expected a number, got {_brief(value)}") from None
    if abs(found) >= _INTEGERS:
        raise ParseError("expected a number, got one of many digits")
    return found


def texts(value: Any) -> dict[str, str]:
    """Return an object of texts: labels, annotations, selectors."""
    return {str(key): text(item) for key, item in mapping(value).items()}


def names(value: Any) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(text(item) for item in sequence(value))


def public_url(value: Any) -> str:
    """Return a URL without what may be secret in it: scheme, host and port."""
    return urls.public_url(text(value))


def host_of(url: str) -> str:
    """Return the host of a URL in small letters, empty where it has none or is no URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def decoded(value: str) -> str:
    """Return the text behind base64, empty where it is none."""
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", dict: "an object", list: "a list"}


def _brief(value: Any) -> str:
    """Return what kind of value it is, in constant words: a piece of it could be anybody's secret."""
    return _KINDS.get(type(value), "something else")


def written(items: Iterable[Any]) -> str:
    """Return a Kubernetes List of these items as JSON, one item a line."""
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
    return f'{{"items": [\n{lines}\n]}}\n'

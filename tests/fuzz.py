"""Outputs that no tool prints: recorded ones, changed at random; and what must hold of any of them."""

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.model import Command
from tests.scenarios import scenarios, snapshot

DEEP = 3_000
STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**40,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "\x00",
    "\x1b[2J\x1b]0;owned\x07",
    "<script>alert(1)</script>",
    "'; rm -rf / #",
    "$(reboot)",
    "..",
    "../../etc/passwd",
    "a\nb\tc",
    "‮gnp.exe",
    "\ud800",
    "0x" + "f" * 5_000,
    "9" * 5_000,
    "127.0.0.1:99999999",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    [],
    [[]],
    {},
    {"": None},
    {"metadata": None},
)


@cache
def recorded(key: str) -> tuple[str, ...]:
    """Return what a command printed in the recordings, each text once."""
    found = [o for s in scenarios() for (name, _, _), o in snapshot(s).observations.items() if name == key]
    return tuple(dict.fromkeys(each.output.stdout for each in found if each.output.stdout))


def changed(dice: random.Random, text: str) -> str:
    """Return the text with something wrong in it: in its structure where it is JSON, else in its characters."""
    return dice.choice((_structure, _structure, _characters, _strange))(dice, text)


def _structure(dice: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    try:
        document = json.loads(text)
    except ValueError:
        if not lines:
            return _strange(dice, text)
        place = dice.randrange(len(lines))
        lines[place] = _line(dice, lines[place])
        return "".join(lines)
    for _ in range(dice.randint(1, 3)):
        document = _replaced(dice, document)
    return json.dumps(document)


def _line(dice: random.Random, line: str) -> str:
    cells = line.rstrip("\n").split("\t")
    place = dice.randrange(len(cells))
    try:
        cells[place] = json.dumps(_replaced(dice, json.loads(cells[place])))
    except ValueError:
        cells[place] = str(dice.choice(STRANGE))
    return "\t".join(cells) + "\n"


def _replaced(dice: random.Random, value: Any) -> Any:
    if not isinstance(value, dict | list) or not value or dice.random() < 0.1:
        return dice.choice(STRANGE)
    if isinstance(value, list):
        place = dice.randrange(len(value))
        return [*value[:place], _replaced(dice, value[place]), *value[place + 1 :]]
    key = dice.choice(list(value))
    if dice.random() < 0.1:
        return {(str(dice.choice(STRANGE)) if each == key else each): item for each, item in value.items()}
    return value | {key: _replaced(dice, value[key])}


def _characters(dice: random.Random, text: str) -> str:
    for _ in range(dice.randint(1, 5)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice((0, 1, 10, 1_000)))
        text = text[:start] + dice.choice(("", "\t", "\n", '"', "{", "]", "é", "\x00", "\ufffd")) + text[end:]
    return text


def _strange(dice: random.Random, text: str) -> str:
    opened, closed = dice.choice((("[", "]"), ('{"a":', "}"), ("- ", ""), ("{items: [", "")))
    noise = bytes(dice.randrange(256) for _ in range(dice.randrange(200))).decode("utf-8", "replace")
    return dice.choice(
        (opened * DEEP, opened * DEEP + closed * DEEP, noise, str(dice.choice(STRANGE)), text[: len(text) // 2])
    )


def outcomes(command: Command[Any], count: int, seed: int) -> Iterator[str]:
    """Read that many changed outputs; yield `value` or `ParseError` for each, anything else is raised."""
    dice, texts = random.Random(seed), recorded(command.key) or ("",)
    for _ in range(count):
        text = changed(dice, dice.choice(texts))
        yield _outcome(lambda t=text: command.parse(t))  # type: ignore[misc]
        yield _outcome(lambda t=text: command.parse(command.redact(t)))  # type: ignore[misc]


def _outcome(read: Callable[[], Any]) -> str:
    try:
        read()
    except ParseError:
        return "ParseError"
    return "value"

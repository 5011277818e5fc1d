"""What clusters answer where several commands are asked as one, made of what they answered to each by itself."""

import json
import math
from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.evidence.commands.together import CELLS, GROUPS, PAGE_END, together
from kubectl_mcdiag.evidence.model import Observation, Output, Settings
from kubectl_mcdiag.run.collect import Wish, invoke
from tests.unredacted import unredacted

_PODS = "pods"


def merged(found: list[Observation]) -> list[Observation]:
    """Return the answers to the questions that ask whole groups at once, where all of a group was answered."""
    groups: dict[tuple[str, str, str], dict[str, Observation]] = {}
    for each in found:
        key, context, target = each.invocation.identity
        if key in GROUPS and not each.output.exit_code and each.output.stdout:
            groups.setdefault((GROUPS[key], context, target), {})[key] = each
    order = list(GROUPS)
    whole = [
        sorted(group.values(), key=lambda each: order.index(each.invocation.command.key)) for group in groups.values()
    ]
    return [_one(group) for group in whole if len(group) > 1]


def _one(group: list[Observation]) -> Observation:
    command = together(tuple(each.invocation.command for each in group))
    asked = group[0].invocation
    whole = invoke(Wish(command, asked.context, asked.target), Settings(), math.inf)
    return Observation(whole, Output(stdout=answer(group)))


def answer(group: list[Observation]) -> str:
    """Return what kubectl prints."""
    if GROUPS[group[0].invocation.command.key] == "pages":
        return "".join(f"{unredacted(each)}\n{PAGE_END}\n" for each in group)
    pods = "".join(unredacted(each) for each in group if each.invocation.command.key == _PODS)
    lists = [unredacted(each) for each in group if each.invocation.command.key != _PODS]
    return "".join((pods, "--\n", *(f"{line}\n" for text in lists for line in _lines(text))))


def _lines(text: str) -> Iterator[str]:
    for item in json.loads(text)["items"]:
        yield "\t".join(_cell(item, path) for path in CELLS)


def _cell(item: Any, path: str) -> str:
    for name in path.split("."):
        item = item.get(name) if isinstance(item, dict) else None
    return item if isinstance(item, str) else "" if item is None else json.dumps(item)

"""Commands that are asked as one where they come together: fewer processes and connections, and less is sent.

`kubectl get` lists several kinds at once, and a jsonpath template cuts each object to what is read: a node without its
images, for example. The debug pages of one istiod are read by one `kubectl exec`. What comes back is shared out to the
commands, each of which redacts, parses and records its own part; where one question does not do, each asks by itself.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands.common import EXEC, SYSTEM
from kubectl_mcdiag.evidence.commands.istiod import CLUSTERZ, ENDPOINT_SHARDS, NETWORKZ, SYNCZ
from kubectl_mcdiag.evidence.commands.kubernetes import ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Command, Target
from kubectl_mcdiag.evidence.parsers.kubernetes import pods
from kubectl_mcdiag.evidence.parsers.kubernetes.resource_shapes import SHAPES

LISTS: tuple[Command[Any], ...] = (PODS, RESOURCES, ISTIO_CONFIG)
PAGES: tuple[Command[Any], ...] = (CLUSTERZ, SYNCZ, ENDPOINT_SHARDS, NETWORKZ)
GROUPS = {command.key: name for name, group in (("lists", LISTS), ("pages", PAGES)) for command in group}
"""The group of each command that can be asked together with others, by its key."""

PAGE_END = "\036"
_SCRIPT = 'for page; do pilot-discovery request GET "$page" || exit; printf "\\n\\036\\n"; done'
_LONGEST = 60.0
_PODS_END = "--"
_WORDS = ("kind", "metadata.name", "metadata.namespace", "metadata.creationTimestamp", "addressType")
_VALUES = (
    "metadata.labels",
    "metadata.annotations",
    "spec",
    "status.loadBalancer",
    "status.addresses",
    "endpoints",
    "ports",
    "webhooks",
)
CELLS = (*_WORDS, *_VALUES)
"""What is asked of each object that is no pod: texts, then values as JSON."""
_OTHERS = '{"\\t"}'.join(f"{{.{cell}}}" for cell in CELLS)


@cache
def together(commands: tuple[Command[Any], ...]) -> Command[Any]:
    """Return the command that asks what these do: more than one, of one group."""
    is_list = GROUPS[commands[0].key] == "lists"
    return Command(
        GROUPS[commands[0].key],
        "kubectl",
        _listing(commands) if is_list else _reading(commands),
        json.loads,
        Target.CLUSTER if is_list else Target.ISTIOD,
        shown=("get", _kinds(commands), "-A") if is_list else (),
        redact=lambda output: json.dumps(
            [*_redacted(commands, _lists(output) if is_list else _pages(commands, output))]
        ),
        permissions=tuple(each for command in commands for each in command.permissions) if is_list else EXEC,
        timeout=_LONGEST,
    )


def _listing(commands: tuple[Command[Any], ...]) -> tuple[str, ...]:
    template = pods.TEMPLATE.replace(".items[*]", '.items[?(@.kind=="Pod")]')
    others = f'{{range .items[?(@.kind!="Pod")]}}{_OTHERS}{{"\\n"}}{{end}}'
    return ("get", _kinds(commands), "-A", "-o", f'jsonpath={template}{{"{_PODS_END}\\n"}}{others}')


def _kinds(commands: tuple[Command[Any], ...]) -> str:
    return ",".join(command.args[1] for command in commands)


def _reading(commands: tuple[Command[Any], ...]) -> tuple[str, ...]:
    pages = tuple(command.args[-1] for command in commands)
    return ("exec", *SYSTEM, "{pod}", "-c", "discovery", "--", "sh", "-c", _SCRIPT, "sh", *pages)


def _redacted(commands: tuple[Command[Any], ...], parts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the key of each command, what it keeps of its part, and why it keeps nothing where it cannot be read."""
    for command in commands:
        try:
            yield command.key, command.redact(parts[command.key]), ""
        except ParseError as error:
            yield command.key, "", str(error) or "unexpected shape"


def _pages(commands: tuple[Command[Any], ...], output: str) -> dict[str, str]:
    parts = output.split(PAGE_END)
    if len(parts) != len(commands) + 1:
        raise ParseError(f"expected {len(commands)} pages, got {len(parts) - 1}")
    return {command.key: part.strip() for command, part in zip(commands, parts, strict=False)}


def _lists(output: str) -> dict[str, str]:
    of_pods, end, others = f"\n{output}".partition(f"\n{_PODS_END}\n")
    if not end:
        raise ParseError("expected two lists")
    items: dict[str, list[str]] = {RESOURCES.key: [], ISTIO_CONFIG.key: []}
    for line in others.splitlines():
        kind, item = _item(line)
        items[RESOURCES.key if kind in SHAPES else ISTIO_CONFIG.key].append(item)
    lists = {key: f'{{"items": [{",".join(found)}]}}' for key, found in items.items()}
    return {PODS.key: of_pods.removeprefix("\n"), **lists}


def _item(line: str) -> tuple[str, str]:
    """Return the kind of an object and its JSON: what it has of the cells."""
    cells = line.split("\t")
    if len(cells) != len(CELLS):
        raise ParseError(f"expected {len(CELLS)} columns, got {len(cells)}")
    found: dict[str, dict[str, str]] = {"": {}}
    for path, cell in zip(CELLS, cells, strict=True):
        # kubectl writes an absent value as nothing, and one that is null in words.
        value = json.dumps(cell) if cell and path in _WORDS else cell if cell.startswith(("{", "[")) else ""
        if value:
            where, _, name = path.rpartition(".")
            found.setdefault(where, {})[name] = value
    nested = {where: _object(values) for where, values in found.items() if where}
    return cells[0], _object({**found[""], **nested})


def _object(values: Mapping[str, str]) -> str:
    return f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in values.items())}}}"

r"""What the account in a remote secret may do: its ServiceAccount, the bindings that name it and their ClusterRoles.

A line: kind, name, UID, role that is bound, subjects, rules:

    ServiceAccount⇥istio-reader-service-account⇥5f0c…⇥⇥⇥
    ClusterRole⇥istio-reader-clusterrole-istio-system⇥9e1a…⇥⇥⇥[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]
    ClusterRoleBinding⇥istio-reader-clusterrole-istio-system⇥71b2…⇥istio-reader-clusterrole-istio-system⇥[{"kind":…}]⇥
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import LABEL, SEGMENT, Kind
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, names, sequence, text
from kubectl_mcdiag.evidence.redaction import WORD, kept, named

PREFIX = "istio-reader"
COLUMNS = ("{.kind}", "{.metadata.name}", "{.metadata.uid}", "{.roleRef.name}", "{.subjects}", "{.rules}")
TEMPLATE = "{range .items[*]}" + '{"\\t"}'.join(COLUMNS) + '{"\\n"}{end}'


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a ClusterRole; `*` stands for all."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]

    def allows(self, verb: str, resource: str, group: str) -> bool:
        """Return whether this rule alone allows it."""
        return all(
            wanted in found or "*" in found
            for wanted, found in ((verb, self.verbs), (resource, self.resources), (group, self.groups))
        )


@dataclass(frozen=True, slots=True)
class Binding:
    """A ClusterRoleBinding; `accounts` are its ServiceAccounts as `namespace/name`."""

    name: str
    role: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readers:
    """The accounts of the system namespace by name with their UIDs, and what is bound to Istio's reader."""

    accounts: dict[str, str]
    bindings: tuple[Binding, ...]
    roles: dict[str, tuple[Rule, ...]]


def redact(output: str) -> str:
    """Keep the accounts, and the roles and bindings of Istio's reader."""
    rows = map(_cells, filter(None, output.splitlines()))
    return "".join("\t".join(map(_redacted, _KEPT, cells)) + "\n" for cells in rows if _is_kept(cells))


def _redacted(shape: Any, cell: str) -> str:
    if isinstance(shape, Kind):
        return named(shape, cell)
    return json.dumps(kept(shape, load_json(cell)), separators=(",", ":")) if cell else ""


_RULE = Kind("a word of a rule", lambda value: re.fullmatch(r"[\w.*/-]{0,253}", value, re.ASCII) is not None)
_KEPT: tuple[Any, ...] = (
    WORD,
    SEGMENT,
    WORD,
    SEGMENT,
    [{"kind": WORD, "namespace": LABEL, "name": SEGMENT}],
    [{"apiGroups": [_RULE], "resources": [_RULE], "verbs": [_RULE]}],
)
"""What is kept of each column."""


def _is_kept(cells: list[str]) -> bool:
    kind, name, _, role, subjects, _ = cells
    return kind == "ServiceAccount" or name.startswith(PREFIX) or role.startswith(PREFIX) or f'"{PREFIX}' in subjects


def parse(output: str) -> Readers:
    """Return what the lines say, kind by kind."""
    rows = [_cells(line) for line in output.splitlines() if line]
    return Readers(
        accounts={row[1]: row[2] for row in rows if row[0] == "ServiceAccount"},
        bindings=tuple(Binding(row[1], row[3], _accounts(row[4])) for row in rows if row[0] == "ClusterRoleBinding"),
        roles={row[1]: _rules(row[5]) for row in rows if row[0] == "ClusterRole"},
    )


def _cells(line: str) -> list[str]:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ParseError(f"expected {len(COLUMNS)} columns, got {len(cells)}")
    return cells


def _objects(cell: str) -> list[dict[str, Any]]:
    return [mapping(entry) for entry in sequence(load_json(cell))] if cell else []


def _accounts(cell: str) -> tuple[str, ...]:
    found = (entry for entry in _objects(cell) if entry.get("kind") == "ServiceAccount")
    return tuple(f"{text(entry.get('namespace'))}/{text(entry.get('name'))}" for entry in found)


def _rules(cell: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(names(rule.get("apiGroups")), names(rule.get("resources")), names(rule.get("verbs")))
        for rule in _objects(cell)
    )

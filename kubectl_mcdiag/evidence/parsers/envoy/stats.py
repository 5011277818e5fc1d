"""What a server's Envoy counted of requests that its RBAC filters decided about: `stats?format=json&filter=…`.

{"stats": [{"name": "http.inbound_0.0.0.0_5000;.rbac.denied", "value": 7}]}
"""

import re
from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.envoy.records import Record, decoded, encoded

_NAME = re.compile(r"(?:http|tcp)\.(?P<listener>[^;]*?);?\.?rbac\.(?P<what>allowed|denied)")
QUERY = "stats?format=json&filter=rbac%5C.(allowed%7Cdenied)%24"


@dataclass(frozen=True, slots=True)
class Decisions:
    """How many requests the filters of one listener (`inbound_0.0.0.0_5000`) let through, and how many not."""

    allowed: int = 0
    denied: int = 0


class _Stat(Record, frozen=True):
    name: str = ""
    value: int = 0


class _Stats(Record, frozen=True):
    stats: tuple[_Stat, ...]


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    kept = tuple(stat for stat in decoded(output, _Stats).stats if _NAME.fullmatch(stat.name))
    return encoded(_Stats(kept))


def parse(output: str) -> dict[str, Decisions]:
    """Return the decisions by listener."""
    counts: dict[str, dict[str, int]] = {}
    for stat in decoded(output, _Stats).stats:
        if found := _NAME.fullmatch(stat.name):
            counts.setdefault(found["listener"], {})[found["what"]] = stat.value
    return {listener: Decisions(**each) for listener, each in counts.items()}

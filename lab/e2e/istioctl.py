"""What Istio's own commands show of a fault: the lines they print now and did not print in the healthy mesh."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lab.faults.injection import as_user
from lab.processes import LabError, together
from lab.shape import Shape

COMMANDS: Mapping[str, str] = {
    "analyze": "analyze --all-namespaces",
    "remote-clusters": "remote-clusters",
    "proxy-status": "proxy-status",
}
SECONDS = 15.0
NOTHING = ""
LOOKS = 3
CHANGING = (
    (re.compile(r"\[cluster-[\w-]+\] "), ""),
    (re.compile(r"-[0-9a-f]{7,10}-[a-z0-9]{5}\b"), "-*"),
    (re.compile(r"\((?:\d+[hms])+\)"), ""),
    (re.compile(r"\s+"), " "),
)
"""What differs between two looks at the same mesh: who looked, names of pods, ages, the width of columns."""

Look = Mapping[str, frozenset[str]]
"""For each command the lines it printed, over all contexts."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the commands print of the healthy mesh: the lines of every look, and those of any."""

    always: Look
    ever: Look


def usual(shape: Shape) -> Usual:
    """Look at the healthy mesh more than once, for `analyze` does not print the same each time."""
    looks = [look(shape) for _ in range(LOOKS)]
    return Usual(
        {name: frozenset.intersection(*(one[name] for one in looks)) for name in COMMANDS},
        {name: frozenset.union(*(one[name] for one in looks)) for name in COMMANDS},
    )


def look(shape: Shape) -> Look:
    """Run the commands against every cluster with an istiod and return their lines without what always changes."""
    wanted = [(name, cluster.name) for name in COMMANDS for cluster in shape.primary_clusters]
    printed = together(lambda one: (one[0], _lines(shape, *one)), wanted)
    return {name: frozenset().union(*(lines for of, lines in printed if of == name)) for name in COMMANDS}


def shown(healthy: Usual, now: Look) -> dict[str, str]:
    """Return, for each command, the first line that is new or gone, or nothing where it prints what it always does."""
    return {name: _first(now[name] - healthy.ever[name], healthy.always[name] - now[name]) for name in COMMANDS}


def _lines(shape: Shape, name: str, context: str) -> frozenset[str]:
    command = f"istioctl --context {context} --istioNamespace {shape.istio_namespace} {COMMANDS[name]}"
    try:
        result = as_user(command, seconds=SECONDS)
    except LabError:
        return frozenset({f"{context}: no answer within {SECONDS:.0f} s"})
    return frozenset(f"{context}: {_plain(line)}" for line in f"{result.stdout}{result.stderr}".splitlines())


def _plain(line: str) -> str:
    for pattern, instead in CHANGING:
        line = pattern.sub(instead, line)
    return line.strip()


def _first(new: frozenset[str], gone: frozenset[str]) -> str:
    if new:
        return min(new)
    return f"gone: {min(gone)}" if gone else NOTHING

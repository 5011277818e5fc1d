"""What `kubectl mcdiag check -o json` says of the running mesh."""

import json
import shlex
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.faults.injection import as_user
from lab.processes import LabError
from lab.shape import Shape

CLEAN, BROKEN = 0, 1
HIDE = """PATH=$(tr : '\\n' <<<"$PATH" | while read -r folder; do [ -e "$folder/{tool}" ] || printf %s: "$folder"; done)
"""
"""Bash that takes every folder with this tool from the PATH."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause, as far as it is judged and mended."""

    code: str
    status: str
    pairs: frozenset[str]
    consequences: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One run of the plugin. `pairs`: the verdict of each ordered pair. `seconds`: how long it took.

    `report`: the whole document, for whoever judges more than codes.
    """

    exit_code: int
    seconds: float
    causes: tuple[Cause, ...]
    notes: tuple[str, ...]
    pairs: Mapping[str, str]
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether it says that all is well."""
        return self.exit_code == CLEAN and not self.causes and set(self.pairs.values()) == {"pass"}

    @property
    def steps(self) -> tuple[str, ...]:
        """The printed steps in their order, each once."""
        return tuple(dict.fromkeys(step for cause in self.causes for step in cause.steps))

    def __str__(self) -> str:
        told = [f"{cause.code} ({', '.join(sorted(cause.pairs))})" for cause in self.causes]
        told += [f"note {code}" for code in self.notes]
        return f"{'; '.join(told) or 'nothing'}; exit {self.exit_code}"


def diagnose(
    shape: Shape, save: Path | None = None, without: Iterable[str] = (), options: Iterable[str] = ()
) -> Diagnosis:
    """Run the installed plugin on the running mesh, recording it in `save`, as if some tools were not installed."""
    hidden = "".join(HIDE.format(tool=tool) for tool in without)
    begun = time.monotonic()
    command = ("kubectl", "mcdiag", "check", *arguments(shape, save), *options)
    # A crash of the interpreter then says in which library.
    result = as_user(f"{hidden}PYTHONFAULTHANDLER=1 {shlex.join(command)}")
    seconds = time.monotonic() - begun
    try:
        document = json.loads(result.stdout)
    except json.JSONDecodeError as error:
        raise LabError(f"kubectl mcdiag left with {result.exit_code}: {result.stderr.strip()}") from error
    return read(document, result.exit_code, seconds)


def arguments(shape: Shape, save: Path | None) -> tuple[str, ...]:
    """Return what a user of this mesh gives to `check`."""
    contexts = ",".join(cluster.name for cluster in shape.clusters)
    where = () if shape.istio_namespace == "istio-system" else (f"--istio-namespace={shape.istio_namespace}",)
    return (f"--context={contexts}", *where, "--output=json", *((f"--save={save}",) if save else ()))


def read(document: Mapping[str, Any], exit_code: int, seconds: float) -> Diagnosis:
    """Return the record of a report."""
    return Diagnosis(
        exit_code,
        seconds,
        tuple(_cause(cause) for cause in document["rootCauses"]),
        tuple(dict.fromkeys(note["code"] for note in document["notes"])),
        {_pair(pair): pair["verdict"] for pair in document["pairs"]},
        document,
    )


def _cause(cause: Mapping[str, Any]) -> Cause:
    return Cause(
        cause["code"],
        cause["status"],
        frozenset(_pair(pair) for pair in cause["pairs"]),
        tuple(one["code"] for one in cause["consequences"]),
        tuple(step["command"] for step in cause["fix"]),
    )


def _pair(pair: Mapping[str, str]) -> str:
    return f"{pair['from']} → {pair['to']}"

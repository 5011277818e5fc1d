"""Printed steps as an operator pastes them, before a kubectl and an istioctl for which nothing changes."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.faults.injection import as_user
from lab.processes import LabError, attempt

TOOLS = Path(__file__).parent / "tools"
_GONE = re.compile(
    r'error: error from server \(NotFound\): pods "[\w.-]+" not found in namespace "[\w-]+"|'
    r'Error from server \(NotFound\): pods "[\w.-]+" not found'
)
_THERE = re.compile(r'\(AlreadyExists\): .*"([\w.-]+)" already exists')
GIVEN = {"API_SERVER": "https://192.0.2.1:6443", "GATEWAY_IP": "192.0.2.1", "CALLERS": "192.0.2.0/24"}
"""Values of what an operator is asked for, where a fault gives none."""
_STAND_IN = f"""
export KUBECTL=$(command -v kubectl) ISTIOCTL=$(command -v istioctl)
PATH={shlex.quote(str(TOOLS))}:$PATH
set -o pipefail
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one step; `refused` is why it was refused, empty where it was not.

    `is_expected`: only since it names a pod or tests a CA, which are others in each mesh, or creates what a step has
    deleted.
    """

    step: str
    refused: str
    is_expected: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether the API server would refuse it to an operator as well."""
        return bool(self.refused) and not self.is_expected


def recorded(fixture: Path) -> tuple[str, ...]:
    """Return the steps that are printed for a recorded mesh."""
    if not fixture.is_dir():
        return ()
    said = attempt(("env", "--unset=PYTHONPATH", "kubectl-mcdiag", "check", "--bundle", fixture, "--output=json"))
    if not said.stdout.startswith("{"):
        raise LabError(f"{fixture.name}: {said.stderr.strip()}")
    return printed(json.loads(said.stdout))


def printed(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the steps of a report, its notes' too, each once."""
    return tuple(dict.fromkeys(step["command"] for finding in _findings(report) for step in finding["fix"]))


def _findings(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cause in report["rootCauses"]:
        yield from (cause, *cause["consequences"])
    yield from report["notes"]


def send(steps: Iterable[str], inputs: Mapping[str, str]) -> Iterator[Answer]:
    """Yield what the API servers make of each step."""
    deleted = ""
    for step in steps:
        result = as_user(_STAND_IN + step, {**GIVEN, **inputs})
        why = (result.stderr.strip() or f"ended with {result.exit_code}") if result.exit_code else ""
        found = _THERE.search(why)
        another = "caBundle" in step and why.startswith("The request is invalid")
        yield Answer(step, why, bool(another or _GONE.fullmatch(why) or (found and found[1] in deleted)))
        deleted += step if " delete " in step else ""

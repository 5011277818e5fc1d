"""The recorded meshes under `fixtures/`, and how a test replays one."""

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kubectl_mcdiag.bundle import Bundle
from kubectl_mcdiag.checks import CHECKS
from kubectl_mcdiag.cli import exit_code
from kubectl_mcdiag.collect import collect
from kubectl_mcdiag.evidence import Snapshot
from kubectl_mcdiag.findings import Report
from kubectl_mcdiag.render.document import document
from kubectl_mcdiag.verdict import report

FIXTURES = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Scenario:
    """One folder with a bundle."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(FIXTURES).as_posix()

    @property
    def header(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.path / "bundle.yaml").read_text("utf-8"))
        return found

    @property
    def is_recorded(self) -> bool:
        return str(self.header.get("origin", "")).startswith("recorded")


def scenarios() -> list[Scenario]:
    """Return every folder that holds a bundle, in order."""
    return [Scenario(path.parent) for path in sorted(FIXTURES.glob("*/*/bundle.yaml"))]


@cache
def snapshot(scenario: Scenario) -> Snapshot:
    """Return what a scenario recorded."""
    bundle = Bundle.open(scenario.path)
    blank = Snapshot(bundle.contexts, bundle.taken_at, bundle.settings)
    return collect(bundle, blank, time.monotonic() + 60.0)


@cache
def replay(scenario: Scenario) -> Report:
    """Return what mcdiag says of a scenario; a bug in a check is an error here."""
    return report(snapshot(scenario), CHECKS, _raise)


def without(snap: Snapshot, lost: set[tuple[str, str, str]], reason: str) -> Snapshot:
    """Return a snapshot in which some answers were lost."""
    kept = {
        key: replace(found, value=None, reason=reason, denied=()) if key in lost else found
        for key, found in snap.observations.items()
    }
    return replace(snap, observations=kept)


def told(found: Report) -> dict[str, Any]:
    """Return what a scenario expects of a report: all its words, without seconds and commands that ran."""
    full = document(found)
    return {
        "exit": exit_code(found, "fail"),
        "status": full["status"],
        "pairs": {f"{p['from']} → {p['to']}": p["verdict"] for p in full["pairs"]},
        "rootCauses": full["rootCauses"],
        "notes": full["notes"],
        "unknown": full["unknown"],
        "members": full["members"],
        "notPassed": {r["code"]: r["status"] for r in full["results"] if r["status"] != "pass"},
    }


def _raise(_check: object, error: BaseException) -> None:
    raise error

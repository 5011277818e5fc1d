"""The recorded meshes under `fixtures/`, and how a test replays one."""

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Check
from kubectl_mcdiag.cli.main import exit_code
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from kubectl_mcdiag.mesh.summary import members
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path import trace
from kubectl_mcdiag.path.hop import Hop, Reason
from kubectl_mcdiag.report.document import document
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.sources.bundle import Bundle
from kubectl_mcdiag.verdict.judge import Judged, judge, ordered_pairs, summary
from kubectl_mcdiag.verdict.model import Report

FIXTURES = Path(__file__).parent.parent / "fixtures"


OPTIONAL = frozenset({"server-clusters"})
"""Commands without which a check claims less, and nothing else: older recordings have none of their answers."""


@dataclass(frozen=True)
class Scenario:
    """One folder with a bundle."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(FIXTURES).as_posix()

    @property
    def header(self) -> dict[str, Any]:
        found: dict[str, Any] = load_yaml((self.path / "bundle.yaml").read_text("utf-8"))
        return found

    @property
    def truths(self) -> list[dict[str, Any]]:
        """What was written down before the tool was run on it: code, status, pairs, and rows where they differ."""
        path = self.path / "truth.yaml"
        found: Any = load_yaml(path.read_text("utf-8")) if path.exists() else []
        return found if isinstance(found, list) else [found]

    @property
    def misjudged(self) -> str:
        """What is said wrongly of it as yet."""
        return misjudged().get(self.name, "")

    @property
    def is_recorded(self) -> bool:
        return str(self.header.get("origin", "")).startswith("recorded")


def scenarios() -> list[Scenario]:
    """Return every folder that holds a bundle, in order."""
    return [Scenario(path.parent) for path in sorted(FIXTURES.glob("*/*/bundle.yaml"))]


@cache
def misjudged() -> dict[str, str]:
    """Return what is said wrongly of which scenario as yet."""
    found: dict[str, str] = load_yaml((Path(__file__).parent / "misjudged.yaml").read_text("utf-8")) or {}
    return found


def sample(thorough: bool) -> list[Scenario]:
    """Return some scenarios of every kind, for what is costly; all of them where time does not matter."""
    return scenarios() if thorough else scenarios()[::20]


@cache
def bundle(scenario: Scenario) -> Bundle:
    """Return the recording itself."""
    return Bundle.open(scenario.path)


@cache
def snapshot(scenario: Scenario) -> Snapshot:
    """Return what a scenario recorded."""
    return gathered(bundle(scenario))


def gathered(found: Bundle) -> Snapshot:
    """Return all that a bundle answers."""
    blank = Snapshot(found.contexts, found.taken_at, found.settings)
    return collect(found, blank, time.monotonic() + 60.0, executor=AtOnce())


@cache
def askable(scenario: Scenario) -> tuple[Check, ...]:
    """Return the checks all of whose commands were known to the mcdiag that recorded a scenario."""
    known = bundle(scenario).commands | OPTIONAL
    return tuple(check for check in CHECKS if {command.key for command in check.reads} <= known)


@cache
def judged(scenario: Scenario) -> tuple[View, tuple[Judged, ...]]:
    """Return how each check came out for a scenario, with what it read; a bug in a check is an error here."""
    view = View(snapshot(scenario))
    return view, tuple(judge(view, askable(scenario), ordered_pairs(view.contexts, members(view)), _raise))


@cache
def replay(scenario: Scenario) -> Report:
    """Return what mcdiag says of a scenario."""
    return summary(*judged(scenario))


def without(snap: Snapshot, lost: set[tuple[str, str, str]], reason: str) -> Snapshot:
    """Return a snapshot in which some answers were lost."""
    kept = {
        key: replace(found, value=None, reason=reason, denied=()) if key in lost else found
        for key, found in snap.observations.items()
    }
    return replace(snap, observations=kept)


def followed(scenario: Scenario) -> dict[str, dict[str, list[str]]]:
    """Return the hops of each call, by pair; with reason and values where a hop does not work."""
    view, _ = judged(scenario)
    found = {str(one.pair): ask(lambda pair=one.pair: trace.paths(view, pair)) or () for one in replay(scenario).pairs}
    return {pair: {_call(path): [_hop(hop) for hop in path.hops] for path in some} for pair, some in found.items()}


def _call(path: trace.Path) -> str:
    return f"{path.call.client} → {path.call.service}:{path.call.port}"


def _hop(hop: Hop) -> str:
    reason = "" if hop.reason is Reason.NONE else f" {hop.reason.name}"
    values = ", ".join(f"{name}={value}" for name, value in sorted(hop.values.items()) if reason)
    return f"{hop.kind.value} {hop.state.value}{reason}{f' ({values})' if values else ''}"


def told(found: Report) -> dict[str, Any]:
    """Return what a scenario expects of a report: codes, statuses, subjects and pairs, no words."""
    full = document(found)
    return {
        "exit": exit_code(found, "fail"),
        "status": full["status"],
        "pairs": {f"{p['from']} → {p['to']}": p["verdict"] for p in full["pairs"]},
        "rootCauses": [_subject(cause) for cause in full["rootCauses"]],
        "notes": [_subject(note) for note in full["notes"]],
        "unknown": [
            {"clusters": one["clusters"], "pairs": _pairs(one), "codes": sorted(one["codes"])}
            for one in full["unknown"]
        ],
        "members": full["members"],
        "notPassed": {r["code"]: r["status"] for r in full["results"] if r["status"] not in ("pass", "skip")},
    }


def _subject(one: dict[str, Any]) -> dict[str, Any]:
    named = {key: one[key] for key in ("service", "network", "istiod", "workload") if one.get(key)}
    about = {"code": one["code"], "status": one["status"], "clusters": one["clusters"], "pairs": _pairs(one), **named}
    more = [_subject(each) for each in one.get("consequences", ())]
    return {**about, "consequences": more} if more else about


def _pairs(one: dict[str, Any]) -> list[str]:
    return [f"{pair['from']} → {pair['to']}" for pair in one["pairs"]]


def _raise(_check: object, error: BaseException) -> None:
    raise error

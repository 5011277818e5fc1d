"""One mutation from the healthy mesh on: made, judged by requests, diagnosed, fixed by what was printed."""

import logging
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lab.e2e.diagnosis import Diagnosis, diagnose
from lab.e2e.mending import execute
from lab.mutate.change import Mutation
from lab.mutate.ground import Ground
from lab.mutate.judgement import judge, named_first
from lab.mutate.outcome import Mended, Outcome, Trial, as_line, blank
from lab.mutate.requests import ask
from lab.mutate.truth import Fate, PairTruth, truths
from lab.places import RUN
from lab.processes import LabError
from lab.shape import Shape

SETTLING_SECONDS = 2.0
LOOKS = 3
MENDED_SECONDS = 30.0
INPUT = "needs input"
RECORDING = RUN / "mutation"
log = logging.getLogger(__name__)


class UnsettledError(Exception):
    """The requests do not come to the same from one look to the next: nothing is true of this mutation."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was said of a mesh in which the requests before and after the check came to the same."""

    truth: tuple[PairTruth, ...]
    said: Diagnosis


def attempt(ground: Ground, trial: Trial, mutations: tuple[Mutation, ...], keep: Path) -> Outcome:
    """Make the mutations and see what the tool makes of them; the caller puts the mesh back."""
    begun, outcome = time.monotonic(), blank(trial, mutations)
    try:
        for one in mutations:
            one.apply()
    except LabError as error:
        return replace(outcome, void=f"refused: {_last_line(error)}")
    try:
        outcome = _diagnosed(ground, outcome, mutations)
    except (LabError, UnsettledError) as error:
        outcome = replace(outcome, void=_last_line(error))
    outcome = replace(outcome, total_seconds=time.monotonic() - begun)
    return _kept(outcome, keep) if outcome.misses or outcome.void else outcome


def _diagnosed(ground: Ground, outcome: Outcome, mutations: tuple[Mutation, ...]) -> Outcome:
    settled = _settled(ground.shape)
    report = settled.said.report
    judged = replace(
        outcome,
        verdicts=tuple(judge(truth, report) for truth in settled.truth),
        exit_code=settled.said.exit_code,
        said=tuple(f"{cause['code']} {cause['problem']}" for cause in report["rootCauses"]),
        seconds=settled.said.seconds,
    )
    if not judged.fails:
        return judged
    named = named_first((subject for one in mutations for subject in one.subjects), report)
    mended, why = _mended(ground.shape, report, inside=all(one.inside for one in mutations))
    return replace(judged, named=named, mended=mended, why=why)


def _settled(shape: Shape) -> Settled:
    """Diagnose the mesh; raise where its calls do not come to the same before and after."""
    time.sleep(SETTLING_SECONDS)
    last = before = truths(ask(shape))
    for _ in range(LOOKS):
        shutil.rmtree(RECORDING, ignore_errors=True)
        said = diagnose(shape, RECORDING)
        after = truths(ask(shape))
        if _fates(after) == _fates(before):
            return Settled(after, said)
        last, before = before, after
    raise UnsettledError(f"the calls differ between {LOOKS} looks: {_difference(last, before)}")


def _difference(before: Iterable[PairTruth], after: Iterable[PairTruth]) -> str:
    """Return the numbers of what differs."""
    both = [(one, other) for one, other in zip(before, after, strict=True) if one.services != other.services]
    return "; ".join(f"{one.name}: {dict(one.counts)} then {dict(other.counts)}" for one, other in both)


def _fates(truth: Iterable[PairTruth]) -> list[tuple[str, Fate]]:
    return [(one.name, one.fate) for one in truth]


def _mended(shape: Shape, report: Mapping[str, Any], inside: bool) -> tuple[Mended, str]:
    """Run the printed steps and see whether the calls come back."""
    if not inside:
        return Mended.OUTSIDE, ""
    steps = [step for cause in report["rootCauses"] if cause["status"] == "fail" for step in cause["fix"]]
    usable = dict.fromkeys(step["command"] for step in steps if not _needs_input(step))
    if steps and not usable:
        return Mended.INPUT, ""
    try:
        execute(usable, {})
        _wait_until_answered(shape, bool(usable))
    except LabError as error:
        return Mended.INPUT if any(map(_needs_input, steps)) else Mended.NO, str(error)
    return Mended.YES, ""


def _wait_until_answered(shape: Shape, tried: bool) -> None:
    """Return once no call fails; raise with those that do, and `UnsettledError` where nobody did anything for it."""
    until = time.monotonic() + MENDED_SECONDS
    while failing := [truth for truth in truths(ask(shape)) if truth.fate is Fate.FAILING]:
        if not tried or time.monotonic() > until:
            raise LabError(
                f"{'steps' if tried else 'no steps'}, and still failing: {', '.join(truth.name for truth in failing)}"
            )
        time.sleep(1)
    if not tried:
        raise UnsettledError("the calls came back by themselves")


def _needs_input(step: Mapping[str, Any]) -> bool:
    return INPUT in (step.get("kind"), *step.get("marks", ()))


def _kept(outcome: Outcome, keep: Path) -> Outcome:
    """Keep the recording of a miss, with its truth beside it."""
    if not RECORDING.is_dir():
        return outcome
    kind = (outcome.misses or ("void",))[0].replace(" ", "-")
    folder = keep / f"{outcome.trial.index:04}-{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(RECORDING, folder)
    kept = replace(outcome, recording=str(folder))
    text = yaml.safe_dump(as_line(kept), allow_unicode=True, sort_keys=False, width=120)
    (folder / "mutation.yaml").write_text(text, "utf-8")
    return kept


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1].strip()

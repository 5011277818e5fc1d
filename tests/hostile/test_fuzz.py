"""Hostile input: changed outputs to every parser, whole reports of changed recordings, bundles of changed bytes.

Seeds are fixed, so a failure comes again.
"""

import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Check
from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Command, Snapshot
from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.run.collect import observe
from kubectl_mcdiag.sources.bundle import Bundle, Recorder
from kubectl_mcdiag.verdict.judge import report
from tests.fuzz import changed, outcomes, recorded
from tests.hostile.conftest import Figure
from tests.impostor import HEALTHY
from tests.scenarios import gathered, scenarios, snapshot

INPUTS, REPORTS, BUNDLES = 2_500, 600, 3_000


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_changed_output_is_a_value_or_an_error_with_words(command: Command[Any], figure: Figure) -> None:
    found = Counter(outcomes(command, INPUTS, seed=11))

    assert found.keys() <= {"value", "ParseError"}
    figure(
        f"`{command.key}`: changed outputs read; a value / an error with words", f"{found.total():,}; {_split(found)}"
    )


def _split(found: Counter[str]) -> str:
    return f"{found['value']:,} / {found['ParseError']:,}"


TEXTS = (
    "[",
    "a\t",
    '{"a":',
    "x",
    "2026-11-24T",
    "2026-11-24T00:00:00.1Z\terror\twatch error in cluster ",
    "2026-11-24T00:00:00.1Z\terror\t" + "cluster " * 2_000 + "\n",
    "-----BEGIN CERTIFICATE-----",
    "eyJhbGciOiJ.",
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_reading_takes_linear_time(command: Command[Any], figure: Figure) -> None:
    slowest = 0.0
    for text in (*recorded(command.key)[:1], *TEXTS):
        short, long = (_seconds(command, text * (size // len(text) + 1)) for size in (200_000, 1_600_000))
        # Eight times as long; a quadratic reader takes 64 times as long.
        assert long < 24 * short + 0.5, text[:60]
        slowest = max(slowest, long)
    figure(f"`{command.key}`: longest time for 1.6 MB of repeated text, in seconds", f"{slowest:.2f}")


def _seconds(command: Command[Any], text: str) -> float:
    began = time.process_time()
    for read in (command.redact, command.parse):
        with suppress(ParseError):
            read(text)
    return time.process_time() - began


def test_report_of_a_changed_recording_has_no_bug_and_every_format_writes_it(figure: Figure) -> None:
    dice = random.Random(12)

    def told(check: Check, error: BaseException) -> None:
        raise AssertionError(f"{check.code}: {error!r}") from error

    for _ in range(REPORTS):
        result = report(_changed(dice, snapshot(dice.choice(scenarios()))), CHECKS, told)
        for output in FORMATS:
            assert FORMATS[output](result, Style(100, False, False))
    figure("changed recordings judged and written in every format", f"{REPORTS * len(FORMATS):,}")


def _changed(dice: random.Random, whole: Snapshot) -> Snapshot:
    answers = dict(whole.observations)
    for key in dice.sample(sorted(answers), dice.randint(1, 4)):
        found = answers[key]
        if found.output.stdout:
            output = replace(found.output, stdout=changed(dice, found.output.stdout))
            answers[key] = observe(found.invocation, output)
    return replace(whole, observations=answers)


def test_bundle_of_changed_bytes_is_read_or_refused_in_a_sentence(tmp_path: Path, figure: Figure) -> None:
    dice, whole = random.Random(13), snapshot(HEALTHY)
    path = tmp_path / "kept.tar.gz"
    with Recorder(Bundle.open(HEALTHY.path), path, whole.contexts, whole.settings, whole.taken_at) as recorder:
        for found in whole.observations.values():
            recorder.keep(found.invocation, found.output)
    content, said = path.read_bytes(), Counter[str]()
    for _ in range(BUNDLES):
        path.write_bytes(_damaged(dice, content))
        try:
            said["read"] += len(gathered(Bundle.open(path)).contexts) == 2
        except McdiagError as error:
            said["refused" if str(error).startswith(str(path)) else str(error)] += 1
    assert len(said) == 2
    figure("changed archives opened and replayed", f"{said.total():,}, of which {said['refused']:,} were refused")


def test_header_and_entries_of_changed_text_are_read_or_refused(tmp_path: Path, figure: Figure) -> None:
    dice = random.Random(14)
    folder = tmp_path / "kept"
    for file in HEALTHY.path.rglob("*"):
        if file.is_file():
            place = folder / file.relative_to(HEALTHY.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    refused = 0
    for _ in range(BUNDLES // 3):
        name = dice.choice(("bundle.yaml", "meta.yaml", "cluster1/meta.yaml"))
        original = (HEALTHY.path / name).read_text("utf-8")
        (folder / name).write_text(changed(dice, original), "utf-8", "replace")
        try:
            gathered(Bundle.open(folder))
        except McdiagError:
            refused += 1
        (folder / name).write_text(original, "utf-8")
    figure("changed headers and lists of entries", f"{BUNDLES // 3:,}, of which {refused:,} were refused")


def _damaged(dice: random.Random, content: bytes) -> bytes:
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(content))
        noise = bytes(dice.randrange(256) for _ in range(dice.choice((0, 1, 2, 50))))
        content = content[:start] + noise + content[start + dice.choice((0, 1, 2, 50)) :]
    return content

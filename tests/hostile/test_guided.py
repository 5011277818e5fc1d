"""Inputs found by coverage: libFuzzer leads every reader, and that of bundles, into the corners of its code.

Each begins with the shortest recorded outputs. What it finds depends on the machine's speed, not on a seed.
"""

import gzip
import importlib.util
import re
import subprocess  # noqa: TID251 - the fuzzer takes its process with it when it finds something
import sys
from pathlib import Path

import pytest

from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.sources.bundle import Bundle, Recorder
from tests.fuzz import recorded
from tests.hostile.conftest import Figure
from tests.impostor import HEALTHY, ROOT
from tests.scenarios import snapshot

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("atheris"), reason="atheris has no wheel for this Python")

SECONDS = 8
SEEDS = 20
LONGEST = 20_000


def seeded(folder: Path, seeds: list[bytes]) -> Path:
    folder.mkdir()
    for number, seed in enumerate(seeds):
        (folder / str(number)).write_bytes(seed)
    return folder


def led(reader: str, seeds: Path) -> str:
    """Return the figures of one reader's inputs; the test fails with the input that broke it."""
    limits = (f"-max_total_time={SECONDS}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048")
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.guided", reader, *limits, "-print_final_stats=1", str(seeds)],
        cwd=ROOT,
        capture_output=True,
        timeout=30 * SECONDS,
    )
    told = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-4_000:]
    tried = int(re.findall(r"stat::number_of_executed_units:\s*(\d+)", told)[-1])
    began, ended = (int(re.findall(r"cov: (\d+)", told)[place]) for place in (0, -1))
    assert tried > SEEDS
    return f"{tried:,} inputs; edges of its code reached {began:,} at first, {ended:,} at last"


@pytest.mark.parametrize("reader", [command.key for command in COMMANDS])
def test_reader_of_an_output_is_led_into_no_bug(tmp_path: Path, reader: str, figure: Figure) -> None:
    shortest = sorted((text.encode() for text in recorded(reader)), key=len)[:SEEDS]
    figure(f"`{reader}`, {SECONDS} s", led(reader, seeded(tmp_path / "seeds", shortest)))


def test_reader_of_bundles_is_led_into_no_bug(tmp_path: Path, figure: Figure) -> None:
    whole, path = snapshot(HEALTHY), tmp_path / "kept.tar.gz"
    smallest = sorted(whole.observations.values(), key=lambda found: len(found.output.stdout))[:3]
    with Recorder(Bundle.open(HEALTHY.path), path, whole.contexts, whole.settings, whole.taken_at) as recorder:
        for found in smallest:
            recorder.keep(found.invocation, found.output)
    seeds = seeded(tmp_path / "seeds", [gzip.decompress(path.read_bytes())])
    figure(f"archives of a bundle, {SECONDS} s", led("bundle", seeds))

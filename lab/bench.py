"""`make bench`: how long a check of the lab takes, beside what its own commands take when each is timed alone.

Three measures of it: the longest chain of its commands, for what concerns a pod can be asked once the pods are known;
the CPU time of all of them divided by the cores; and a shell that starts all of them at once and waits. The last one
counts what the others leave out: in the lab, the API servers, kubelets and istiods that answer share the cores with
whoever asks. `make lab` first, and leave the machine alone.
"""

import os
import resource
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.run.collect import collect
from kubectl_mcdiag.sources.bundle import Bundle
from lab.faults.injection import as_user
from lab.running import running_shape

RUNS, REPEATS = 5, 3
LIMIT, RATIO = 3.0, 1.3
PODS = "pods"


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall seconds, and the CPU seconds of a process and all that it started."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """One command of a check: its key, its context, whether it concerns a pod, and how to run it again."""

    key: str
    context: str
    of_a_pod: bool
    script: str


def timed(script: str) -> Timing:
    """Run bash as a user and time it; the exit code does not matter."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    as_user(script)
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Timing(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def median(timings: list[Timing]) -> Timing:
    """Return the median of each figure."""
    return Timing(statistics.median(one.wall for one in timings), statistics.median(one.cpu for one in timings))


def commands(folder: Path) -> Iterator[Recorded]:
    """Yield the commands of a recorded check, as they would be run now."""
    bundle = Bundle.open(folder)
    blank = Snapshot(bundle.contexts, bundle.taken_at, bundle.settings)
    for found in collect(bundle, blank, time.monotonic() + 60.0).observations.values():
        asked = found.invocation
        script = f"{shlex.join(asked.argv)} >/dev/null 2>&1"
        yield Recorded(asked.command.key, asked.context, bool(asked.target), script)


def longest_chain(alone: dict[Recorded, Timing]) -> float:
    """Return the wall seconds of the slowest command, or of a cluster's pods and then the slowest one about a pod."""
    pods = {one.context: timing.wall for one, timing in alone.items() if one.key == PODS}
    return max(timing.wall + (pods[one.context] if one.of_a_pod else 0.0) for one, timing in alone.items())


def main() -> None:
    """Print the figures; leave with 1 where the check takes too long."""
    contexts = ",".join(cluster.name for cluster in running_shape().clusters)
    check = f"kubectl mcdiag check --context {contexts} >/dev/null"
    with tempfile.TemporaryDirectory() as folder:
        as_user(f"{check} --save {folder}/mesh")
        found = tuple(commands(Path(folder) / "mesh"))
    idle = timed(":")
    alone = {one: median([timed(one.script) for _ in range(REPEATS)]) for one in found}
    alone = {one: Timing(timing.wall - idle.wall, timing.cpu - idle.cpu) for one, timing in alone.items()}
    whole = median([timed(check) for _ in range(RUNS)])
    chain, cores = longest_chain(alone), os.cpu_count() or 1
    spread = sum(timing.cpu for timing in alone.values()) / cores
    at_once = "\n".join((*(f"{one.script} &" for one in found), "wait"))
    together = median([timed(at_once) for _ in range(RUNS)]).wall - idle.wall
    wall = whole.wall - idle.wall
    for one, timing in sorted(alone.items(), key=lambda item: -item[1].wall)[:6]:
        sys.stdout.write(f"{timing.wall:6.2f} s  {timing.cpu:5.2f} s CPU  {one.key} of {one.context or 'kubeconfig'}\n")
    sys.stdout.write(
        f"longest chain of its {len(alone)} commands, each alone: {chain:.2f} s\n"
        f"CPU of its commands on {cores} cores: {spread:.2f} s\n"
        f"the check: {wall:.2f} s, of {RUNS} runs the median; {whole.cpu - spread * cores:.2f} s CPU of its own\n"
        f"{wall / max(chain, spread):.2f} times the larger of the first two\n"
        f"all its commands started at once by a shell: {together:.2f} s\n"
        f"{wall / together:.2f} times that (at most {RATIO}), and less than {LIMIT:.0f} s\n"
    )
    sys.exit(wall > LIMIT or wall / together > RATIO)


if __name__ == "__main__":
    main()

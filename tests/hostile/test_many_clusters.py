"""A hundred clusters, of which twenty never answer.

The tools are stand-ins, so that what is measured is the program itself and not a hundred API servers.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.crowd import crowd
from tests.hostile.conftest import Figure
from tests.impostor import finished
from tests.scale import Mesh

TIMEOUT = 60.0
AT_ONCE = 32
MEMORY = 2_000
LOOK = 0.2


@dataclass
class Seen:
    """The most commands at once, and the most memory of all processes, in MB."""

    commands: int = 0
    memory: int = 0

    def look(self, leader: int) -> None:
        """Take note of what runs now; a command and what it has started have a session of their own."""
        found = [*_processes()]
        started = {session for pid, parent, session, _ in found if parent == leader and pid == session}
        about = [pages for pid, _, session, pages in found if pid == leader or session in started]
        self.commands = max(self.commands, len(started))
        self.memory = max(self.memory, sum(about) * os.sysconf("SC_PAGE_SIZE") // 1_000_000)


def test_dead_clusters_hold_up_nobody_for_long(tmp_path: Path, figure: Figure) -> None:
    mesh = Mesh(100, dead=20)
    stand_in = crowd(tmp_path, mesh)
    seen, began = Seen(), time.monotonic()
    process = stand_in.start(
        "check", "--context", "cluster*", "--timeout", f"{TIMEOUT:g}s", "-o", f"text={tmp_path}/report.txt"
    )
    while process.poll() is None and time.monotonic() < began + 2 * TIMEOUT:
        seen.look(process.pid)
        time.sleep(LOOK)
    run = finished(process, began)

    figure("clusters, those that never answer among them", f"{mesh.clusters}, {mesh.dead}")
    figure("seconds, with a limit of 60 s", round(run.seconds, 1))
    figure("the most commands at once", seen.commands)
    figure("the most memory of all processes, MB", seen.memory)
    assert run.code == 3
    assert run.seconds < TIMEOUT + 2
    assert 0 < seen.commands <= AT_ONCE
    assert seen.memory < MEMORY
    assert "Traceback" not in run.err
    assert not stand_in.left_behind()


def _processes() -> Iterator[tuple[int, int, int, int]]:
    """Yield number, parent, session and resident pages of every process."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(entry.name), int(fields[1]), int(fields[3]), int(fields[21])

"""The tests of mutants in one process: what is read from disk is read once, and each mutant is a fork of that."""

import os
import resource
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.mutants.operators import Mutant
from tests.mutants.swap import Functions, functions, swap
from tests.scenarios import judged, replay, scenarios, snapshot

LIVES, NOTICED = 0, 1
PROCESSOR = 120
"""Seconds of a processor after which the tests of a mutant do not end."""
LONGEST = 900.0
"""Seconds by the clock after which they do not, be the machine as busy as it may."""
MEMORY = 2**32
SOME = 4
"""Of how many recordings one is collected again: that costs as much as all else."""


@dataclass
class Forks:
    """A plugin of pytest that runs, instead of all tests once, for each mutant those that reach it."""

    root: Path
    wanted: Mapping[Mutant, Sequence[str]]
    workers: int
    tell: Callable[[Mutant, bool], None]
    noticed: dict[Mutant, bool] = field(default_factory=dict)
    running: dict[int, tuple[Mutant, float]] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant."""
        if session.testsfailed:
            raise session.Interrupted("tests that cannot be collected notice everything")
        items = {item.nodeid: item for item in session.items}
        for scenario in scenarios():
            snapshot(scenario)
        known = functions(lambda path: path.startswith(str(self.root)))
        for mutant, names in self.wanted.items():
            while len(self.running) >= self.workers:
                self._await_one()
            tests = [items[name] for name in names if name in items]
            pid = os.fork()
            if not pid:
                _judge(session, self.root / mutant.path, mutant, known, tests)
            self.running[pid] = mutant, time.monotonic()
        while self.running:
            self._await_one()
        return True

    def _await_one(self) -> None:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            mutant, _ = self.running.pop(pid)
            self.noticed[mutant] = status != LIVES
            self.tell(mutant, status != LIVES)
            return
        late = [one for one, (_, began) in self.running.items() if time.monotonic() - began > LONGEST]
        for one in late:
            os.kill(one, signal.SIGKILL)
        time.sleep(0.05)


def _judge(session: pytest.Session, path: Path, mutant: Mutant, known: Functions, tests: Sequence[pytest.Item]) -> None:
    """Run tests in this fork until one fails, and end with what came of it."""
    status = NOTICED
    try:
        _bounded()
        source = path.read_text("utf-8")
        if swap(str(path), known, source, mutant.applied(source)):
            status = _fails(session, tests) or ("/mesh/" in mutant.path and _fails_afresh(session, tests))
    finally:
        os._exit(status)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


def _fails_afresh(session: pytest.Session, tests: Sequence[pytest.Item]) -> int:
    """Run some of the tests that walk through recordings again, which are now collected by the changed program."""
    for each in (snapshot, judged, replay):
        each.cache_clear()
    return _fails(session, [test for test in tests if test.name.startswith("test_scenario_gives")][::SOME])


def _fails(session: pytest.Session, tests: Sequence[pytest.Item]) -> int:
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return NOTICED
    return LIVES

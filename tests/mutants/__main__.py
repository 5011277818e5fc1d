"""`make mutants`: draw mutants of the core, run the tests that reach each, and write which part was noticed.

Which tests reach a line is measured first, by coverage. A mutant is noticed if one of them fails, or does not end.
"""

import argparse
import os
import random
import shutil
import subprocess  # noqa: TID251 - the tests are a program of their own
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest
from coverage import CoverageData

from lab.e2e.page import interval
from tests.mutants.forks import Forks
from tests.mutants.operators import Mutant, mutants

ROOT = Path(__file__).parents[2]
PACKAGE = "kubectl_mcdiag"
CORE = ("mesh", "path", "checks", "verdict")
BUILD = ROOT / "build" / "mutants"
PAGE = ROOT / "docs" / "mutants.md"
TIMES = BUILD / "times.txt"
LONGEST = 240.0
"""Seconds after which the tests of a mutant do not end."""
SEES = "faults fixes forgoing message partial_answers requests scenarios turns"
FOLDERS = ("tests/checks", "tests/mesh", "tests/path", "tests/verdict")
JUDGES = (*FOLDERS, *(f"tests/test_{name}.py" for name in SEES.split()))
"""The tests of the core: those that start processes, or look at the source alone, are left out."""
HEAD = """# Mutants

Written by `make mutants`: of {total:,} changes that one slip of the hand could make to the core (a comparison turned
around, a condition dropped, `any` for `all`, a number one higher), {drawn} were drawn with seed {seed}, and the tests
that reach each were run. Changes that mean the same are counted as not noticed. In brackets: between which shares the
true one lies, 95 times of 100 (Wilson's interval).

| part | drawn | noticed |
| --- | --- | --- |
"""


def main() -> None:
    """Measure, and write the page where enough were drawn to say something."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("-n", type=int, default=200, help="how many to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of the path of the files to change")
    parser.add_argument("--keep", action="store_true", help="use the coverage measured before, and write no page")
    given = parser.parse_args()
    every = [one for one in _every() if given.only in one.path]
    drawn = random.Random(given.seed).sample(every, min(given.n, len(every)))
    if not given.keep or not (BUILD / "coverage").exists():
        _measure()
    noticed = _judged(drawn, given.workers)
    page = _page(noticed, len(every), given.seed)
    sys.stdout.write(page)
    if not given.keep and not given.only:
        PAGE.write_text(page, "utf-8")


def _every() -> list[Mutant]:
    files = sorted(path for part in CORE for path in (ROOT / PACKAGE / part).rglob("*.py"))
    return [one for path in files for one in mutants(str(path.relative_to(ROOT)), path.read_text("utf-8"))]


def _measure() -> None:
    """Measure which tests reach which line, and which take long."""
    BUILD.mkdir(parents=True, exist_ok=True)
    sources = [f"--cov={PACKAGE}/{part}" for part in CORE]
    options = ("-p", "no:randomly", "--durations=0", "--durations-min=0.02", "--cov-context=test", "--cov-report=")
    environment = {**_environment(), "COVERAGE_FILE": str(BUILD / "coverage")}
    run = subprocess.run(
        _pytest(*options, *sources, *JUDGES), cwd=ROOT, check=True, env=environment, stdout=subprocess.PIPE, text=True
    )
    TIMES.write_text(run.stdout, "utf-8")


@cache
def _seconds() -> dict[str, float]:
    """Return how long each test takes that takes long, as pytest wrote it: `0.31s call     tests/…`."""
    words = (line.split(None, 2) for line in TIMES.read_text("utf-8").splitlines())
    return {each[2]: float(each[0][:-1]) for each in words if each[1:2] == ["call"]}


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _pytest(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *arguments]


@cache
def _reached() -> CoverageData:
    data = CoverageData(str(BUILD / "coverage"))
    data.read()
    return data


def _tests(mutant: Mutant) -> list[str]:
    """Return the tests that reach a mutant; where it is read at the start alone, those that reach its file."""
    by_line = _reached().contexts_by_lineno(str(ROOT / mutant.path))
    here = _names(by_line.get(mutant.line, ()))
    return here or sorted({name for contexts in by_line.values() for name in _names(contexts)})


def _names(contexts: Iterable[str]) -> list[str]:
    names = {context.rpartition("|")[0] for context in contexts if context}
    return sorted(names, key=lambda name: (_seconds().get(name, 0.0), name))


def _judged(drawn: list[Mutant], workers: int) -> Mapping[Mutant, bool]:
    """Return which mutants were noticed: those of functions in forks, what is read at the start alone one by one."""
    sources = {one.path: (ROOT / one.path).read_text("utf-8") for one in drawn}
    wanted = {one: _tests(one) for one in drawn}
    forked = {one: names for one, names in wanted.items() if one.is_inside(sources[one.path])}

    def tell(mutant: Mutant, noticed: bool) -> None:
        sys.stdout.write(f"{'noticed' if noticed else 'LIVES  '} {mutant.shown(sources[mutant.path])}\n")
        sys.stdout.flush()

    forks = Forks(ROOT, forked, workers, tell)
    status = pytest.main(["-q", "-s", "-n0", "-p", "no:cacheprovider", "-p", "no:randomly", *JUDGES], plugins=[forks])
    assert not status, status
    noticed = dict(forks.noticed)
    tree = _tree()
    for mutant in (one for one in drawn if one not in forked):
        noticed[mutant] = _is_noticed(mutant, tree, wanted[mutant])
        tell(mutant, noticed[mutant])
    return noticed


def _tree() -> Path:
    """Return a copy of the package."""
    tree = BUILD / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / PACKAGE, tree / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def _is_noticed(mutant: Mutant, tree: Path, tests: list[str]) -> bool:
    if not tests:
        return False
    file, source = tree / mutant.path, (ROOT / mutant.path).read_text("utf-8")
    names = tree / "tests"
    names.write_text("\n".join(tests), "utf-8")
    file.write_text(mutant.applied(source), "utf-8")
    run = _pytest("-x", "-p", "no:randomly", "-o", f"pythonpath={tree} .", f"@{names}")
    try:
        return subprocess.run(run, cwd=ROOT, capture_output=True, env=_environment(), timeout=LONGEST).returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(source, "utf-8")


def _page(noticed: Mapping[Mutant, bool], total: int, seed: int) -> str:
    drawn = Counter(one.path.split("/")[1] for one in noticed)
    killed = Counter(one.path.split("/")[1] for one, was in noticed.items() if was)
    rows = [(part, drawn[part], killed[part]) for part in CORE if drawn[part]]
    rows.append(("together", drawn.total(), killed.total()))
    lines = (f"| {part} | {of} | {some} = {some / of:.0%} ({interval(some, of)}) |" for part, of, some in rows)
    return HEAD.format(total=total, drawn=len(noticed), seed=seed) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""Figures: each test may count what it tried, and a whole run writes them to `docs/reliability.md`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_mcdiag import __version__

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
FIGURES = pytest.StashKey[dict[str, list[str]]]()
Figure = Callable[[str, object], None]

_TOP = """# Reliability

What `make hostile` tried last; it writes this page. What stands here is what the run has measured, nothing else.

kubectl-mcdiag {version}, {day}, {passed} tests passed{rest}.
"""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = {}


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Note a figure under the first line of the test module's docstring."""
    heading = str(request.module.__doc__).strip().splitlines()[0].rstrip(".")

    def note(what: str, value: object) -> None:
        request.config.stash[FIGURES].setdefault(heading, []).append(f"| {what} | {value} |")

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Print the figures; write the page where the whole of `tests/hostile` was run."""
    figures = config.stash[FIGURES]
    lines = list(_page(figures))
    terminalreporter.write_line("\n".join(lines))
    counts = {key: len(found) for key, found in terminalreporter.stats.items()}
    is_whole = [Path(arg).resolve() for arg in config.args] == [Path(__file__).parent] and not counts.get("deselected")
    if not is_whole or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    rest = "".join(f", {counts[key]} {key}" for key in ("failed", "error", "skipped") if counts.get(key))
    top = _TOP.format(version=__version__, day=datetime.now(UTC).date(), passed=counts.get("passed", 0), rest=rest)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(top + "\n".join(lines) + "\n", "utf-8")


def _page(figures: dict[str, list[str]]) -> Iterator[str]:
    for heading, rows in figures.items():
        yield from ("", f"## {heading}", "", "| | |", "| --- | --- |", *rows)

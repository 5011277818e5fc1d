"""What every test module may use: golden files, rewritten by `pytest --update` and reviewed by a person."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# A machine that has other work to do is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
GOLDEN = Path(__file__).parent / "golden"


TOGETHER = {
    **dict.fromkeys(("catalogue", "denials", "docs", "fuzz", "probes", "scenarios", "verdict"), "recordings"),
    **dict.fromkeys(("completion", "contexts", "live", "run", "waiting"), "processes"),
}
"""Which modules are run one after the other in one process: those that walk through all recorded meshes, so that each
is read once; and those that start processes and wait, so that they are begun early: what has most tests goes first."""


class ByModule(LoadFileScheduling):
    """Gives each module to one of the processes that run tests."""

    def _split_scope(self, nodeid: str) -> str:
        module = super()._split_scope(nodeid)
        return TOGETHER.get(Path(module).stem.removeprefix("test_"), module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    return ByModule(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files")
    parser.addoption("--thorough", action="store_true", help="lose every answer of every scenario, not a few")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name, or rewrite the file with `--update`."""
    update = request.config.getoption("--update")

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.read_bytes().decode() == text

    return compare


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether time does not matter: `make test-thorough`."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(autouse=True, scope="session")
def _heeded() -> None:
    """Heed every signal, as whatever is started from here will: a shell has its background jobs ignore some."""
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give back the signals that a run in this process took: the next test may send one to itself."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)

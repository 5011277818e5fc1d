"""What the tests of the installed program share: a place of its own for it, and kubectl to call it with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.artifacts.programs import KUBERNETES, built
from lab.processes import Result, attempt

ROOT = Path(__file__).parent.parent.parent
BROKEN = ROOT / "fixtures" / "1.31" / "remote-secret-missing"


@dataclass(frozen=True)
class Machine:
    """A user's machine: a home and a PATH with kubectl, and nothing else of ours."""

    home: Path
    path: tuple[Path, ...]

    def run(self, *argv: str | Path, **environment: str) -> Result:
        """Run a command there, with nothing of this environment but what is given."""
        path = ":".join(map(str, (*self.path, "/usr/bin", "/bin")))
        settings = {"HOME": str(self.home), "PATH": path, **environment}
        return attempt(("env", "-i", "-C", self.home, *(f"{k}={v}" for k, v in settings.items()), *argv), seconds=300)

    def must(self, *argv: str | Path, **environment: str) -> str:
        """Run a command that has to succeed; return its stdout."""
        result = self.run(*argv, **environment)
        assert result.exit_code == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Machine]:
    """Return what makes a machine with these folders before kubectl's on its PATH."""

    def make(*folders: Path) -> Machine:
        home = tmp_path / "home"
        home.mkdir()
        kubectl = tmp_path / "kubectl"
        kubectl.mkdir()
        (kubectl / "kubectl").symlink_to(built(KUBERNETES) / "kubectl")
        return Machine(home, (*folders, kubectl))

    return make

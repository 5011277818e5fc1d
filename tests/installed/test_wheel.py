"""The wheel in a clean environment gives the same command, beside kubectl and alone."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from conftest import BROKEN, ROOT, Machine

from kubectl_mcdiag import __version__
from lab.processes import run


def test_wheel_gives_the_command(tmp_path: Path, machine: Callable[..., Machine]) -> None:
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    # A copy: what an earlier build has left in build/ would get into the wheel.
    sources = shutil.copytree(ROOT, tmp_path / "sources", ignore=shutil.ignore_patterns(".*", "build", "dist"))
    run((sys.executable, *pip, "wheel", "--no-deps", "--wheel-dir", tmp_path, sources), seconds=300)
    (wheel,) = tmp_path.glob("*.whl")
    venv = tmp_path / "venv"
    run((sys.executable, "-m", "venv", venv))
    run((venv / "bin" / "python", *pip, "install", wheel), seconds=300)
    user = machine(venv / "bin")

    assert f"{venv}/bin/kubectl-mcdiag\n" in user.must("kubectl", "plugin", "list")
    assert user.must("kubectl", "mcdiag", "version").startswith(f"kubectl-mcdiag {__version__}\n")
    assert user.must("kubectl-mcdiag", "--help").startswith("Usage: kubectl mcdiag ")
    diagnosed = user.run("kubectl", "mcdiag", "check", "--bundle", BROKEN, "-o", "json")
    assert diagnosed.exit_code == 1
    assert [cause["code"] for cause in json.loads(diagnosed.stdout)["rootCauses"]] == ["MC301"]
    (schema,) = venv.rglob("kubectl_mcdiag/report/report.schema.json")
    assert json.loads(schema.read_text("utf-8"))["title"]

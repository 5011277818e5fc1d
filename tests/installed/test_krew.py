"""The archive as a user gets it: checked by krew's validator, installed by krew, used through kubectl, taken away."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import BROKEN, ROOT, Machine
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from kubectl_mcdiag import __version__
from lab.artifacts.programs import KREW, built
from release.manifest import manifest

DIST = ROOT / "dist"
LIMIT = 0.300


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Keep still."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback for a while; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def krew(tmp_path: Path, machine: Callable[..., Machine]) -> Machine:
    """Return a machine with kubectl and krew, as krew installs itself: a plugin of kubectl."""
    folder = tmp_path / "krew"
    folder.mkdir()
    (folder / "kubectl-krew").symlink_to(built(KREW) / "krew")
    return machine(tmp_path / "root" / "bin", folder)


def archive() -> Path:
    (found,) = DIST.glob("*.tar.gz")
    return found


def validate(machine: Machine, path: Path, *options: str) -> str:
    result = machine.run(built(KREW) / "validate-krew-manifest", "-manifest", path, *options)
    assert result.exit_code == 0, result.stderr
    return result.stderr


def test_validator_accepts_all_four_platforms(krew: Machine, tmp_path: Path) -> None:
    path = tmp_path / "mcdiag.yaml"
    path.write_text((ROOT / "plugin.yaml").read_text("utf-8"), "utf-8")

    assert "all spec.platform[] items are used" in validate(krew, path, "-skip-install")


def test_validator_installs_what_was_built(krew: Machine, tmp_path: Path) -> None:
    path = tmp_path / "mcdiag.yaml"
    with served(DIST) as url:
        path.write_text(manifest(ROOT / "plugin.yaml", DIST, url, ""), "utf-8")

        assert "all 1 spec.platforms installed fine" in validate(krew, path)


def test_wrong_checksum_is_refused(krew: Machine, tmp_path: Path) -> None:
    path = tmp_path / "mcdiag.yaml"
    right = (DIST / "mcdiag.yaml").read_text("utf-8")
    path.write_text(re.sub("sha256: .{60}", f"sha256: {'f' * 60}", right), "utf-8")

    refused = krew.run("kubectl", "krew", "install", f"--manifest={path}", f"--archive={archive()}")

    assert "checksum does not match" in refused.stderr
    assert refused.exit_code == 1


def index(machine: Machine, folder: Path, url: str) -> Path:
    """Make an index as krew's own is: a git repository with the manifest in it."""
    path = folder / "plugins" / "mcdiag.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(manifest(ROOT / "plugin.yaml", DIST, url, ""), "utf-8")
    author = ("-c", "user.name=krew", "-c", "user.email=krew@example.test")
    for args in (("init", "--quiet"), ("add", "."), (*author, "commit", "--quiet", "--message=Add mcdiag")):
        machine.must("git", "-C", folder, *args)
    return folder


def test_plugin_is_installed_used_and_taken_away(krew: Machine, tmp_path: Path) -> None:
    root = tmp_path / "root"

    def kubectl(*args: str) -> str:
        return krew.must("kubectl", *args, KREW_ROOT=str(root))

    with served(DIST) as url:
        kubectl("krew", "index", "add", "default", str(index(krew, tmp_path / "index", url)))
        kubectl("krew", "install", "mcdiag")
    assert f"{root}/bin/kubectl-mcdiag\n" in kubectl("plugin", "list")
    assert kubectl("mcdiag", "version").startswith(f"kubectl-mcdiag {__version__}\nIstio ")
    assert kubectl("mcdiag", "--help").startswith("Usage: kubectl mcdiag ")

    diagnosed = krew.run("kubectl", "mcdiag", "check", "--bundle", BROKEN, "-o", "json")
    assert diagnosed.exit_code == 1
    assert [cause["code"] for cause in json.loads(diagnosed.stdout)["rootCauses"]] == ["MC301"]
    assert "MC301" in kubectl("mcdiag", "explain", "MC301")

    # What an anonymous recording keeps is data in the archive, which holds no sources.
    cleaned = tmp_path / "cleaned.tar.gz"
    kubectl("mcdiag", "anonymize", str(BROKEN), str(cleaned))
    hidden = krew.run("kubectl", "mcdiag", "check", "--bundle", cleaned, "-o", "json")
    assert [cause["code"] for cause in json.loads(hidden.stdout)["rootCauses"]] == ["MC301"]

    kubectl("krew", "uninstall", "mcdiag")
    assert [path for path in root.rglob("*mcdiag*") if "index" not in path.parts] == []
    assert [path for path in krew.home.rglob("*") if not path.is_dir()] == []
    assert krew.run("kubectl", "mcdiag", "version").exit_code == 1


def test_version_from_the_archive_answers_at_once(krew: Machine, tmp_path: Path) -> None:
    krew.must("tar", "-x", "-z", "-f", archive(), "-C", tmp_path)
    program = tmp_path / "kubectl-mcdiag" / "kubectl-mcdiag"

    def seconds() -> float:
        began = time.monotonic()
        os.waitpid(os.posix_spawn(program, [str(program), "version"], {}), 0)
        return time.monotonic() - began

    # The best of several: what else this machine does is not the program's.
    assert min(seconds() for _ in range(9)) <= LIMIT


def test_bill_of_materials_keeps_to_its_standard() -> None:
    (bill,) = DIST.glob("*.cdx.json")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.read_text("utf-8")) is None

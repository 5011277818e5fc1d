"""No secret leaves the lab: canaries and all that its Secrets hold are looked for wherever a run leaves something.

Looked at are a recording, the report in every format, what `-v 9` tells, the arguments of every process that a run
starts, and every file it writes to its temporary folder, the shortest-lived ones too.
"""

import gzip
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kubectl_mcdiag.cli.main import FORMATS
from tests.hostile.canaries import forms_in_urls, planted, secrets_of_the_lab
from tests.hostile.conftest import Figure
from tests.hostile.mesh import CONTEXTS, NAMESPACE, in_lab, kubectl, mcdiag, needs_lab
from tests.unredacted import CANARY, forms

pytestmark = needs_lab

CLUSTERS = ("--context", ",".join(CONTEXTS))
LOGGED = 20.0


@pytest.fixture(scope="module", autouse=True)
def canaries() -> Iterator[None]:
    """Plant them, and wait until istiod's log has them."""
    with planted():
        end = time.monotonic() + LOGGED
        while CANARY not in kubectl(CONTEXTS[0], "-n", NAMESPACE, "logs", "deploy/istiod", "--since=10m"):
            assert time.monotonic() < end, "istiod's log has no canary"
            time.sleep(1)
        yield


@pytest.fixture(scope="module")
def sought(canaries: None) -> dict[bytes, str]:
    """Return every form of every secret, with the first letters of the secret itself."""
    secrets = {CANARY, *secrets_of_the_lab()}
    assert len(secrets) > 4, "each cluster has a CA's key and a token for the other"
    return {form: secret[:6] for secret in secrets for form in (*forms(secret), *forms_in_urls(secret))}


class Watch:
    """Keeps the arguments of every process and the content of every file in a folder while it is open."""

    def __init__(self, folder: Path) -> None:
        self.seen: set[bytes] = set()
        self.looks = 0
        self._folder = folder
        self._over = threading.Event()

    @contextmanager
    def open(self) -> Iterator["Watch"]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.looks += 1
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self._take(path.read_bytes())
            for path in self._folder.rglob("*"):
                with suppress(OSError):
                    self._take(path.read_bytes())

    def _take(self, content: bytes) -> None:
        if content:
            self.seen.add(content)


def found(sought: dict[bytes, str], content: bytes) -> set[str]:
    return {secret for form, secret in sought.items() if form in content}


def test_canary_is_there_to_be_found(sought: dict[bytes, str]) -> None:
    raw = kubectl(CONTEXTS[0], "get", "secrets,configmaps,pods,virtualservices", "-A", "-o", "json").encode()

    assert CANARY[:6] in found(sought, raw)
    assert len(found(sought, raw)) > 2


@pytest.mark.parametrize("output", FORMATS)
def test_no_report_and_nothing_told_holds_a_secret(output: str, sought: dict[bytes, str], figure: Figure) -> None:
    said = mcdiag("check", *CLUSTERS, "-v", "9", "--probe", "-o", output)

    assert said.code in (0, 1, 3), said.err
    assert len(said.out) > 200
    assert len(said.err) > 1_000
    assert found(sought, (said.out + said.err).encode()) == set()
    figure(f"`-o {output}`, forms of secrets looked for", f"{len(sought):,}")


@pytest.mark.parametrize("more", [(), ("--anonymize",)], ids=["plain", "anonymized"])
def test_no_recording_argument_or_temporary_file_holds_a_secret(
    more: tuple[str, ...], tmp_path: Path, sought: dict[bytes, str], figure: Figure
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    kept = tmp_path / "kept"
    collect = (sys.executable, "-m", "kubectl_mcdiag", "collect", str(kept), *CLUSTERS, "--probe", *more)
    with Watch(temporary).open() as watch:
        said = in_lab("env", f"TMPDIR={temporary}", *collect)
    assert said.code == 0, said.err
    files = {path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    assert len(files) > 20
    assert any(b"istio-system" in seen and b"kubectl" in seen for seen in watch.seen), "no process was seen"

    assert {name: hit for name, content in files.items() if (hit := found(sought, content))} == {}
    assert found(sought, b"\n".join(watch.seen)) == set()
    assert {oct(path.stat().st_mode & 0o777) for path in kept.rglob("*")} == {"0o600", "0o700"}
    figure("files of a recording", len(files))
    figure("looks at all processes and temporary files meanwhile", watch.looks)


def test_no_archive_holds_a_secret(tmp_path: Path, sought: dict[bytes, str], figure: Figure) -> None:
    kept = tmp_path / "kept.tar.gz"
    assert mcdiag("collect", str(kept), *CLUSTERS).code == 0
    content = gzip.decompress(kept.read_bytes())

    assert len(content) > 50_000
    assert found(sought, content) == set()
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    figure("bytes of an archive, unpacked", f"{len(content):,}")

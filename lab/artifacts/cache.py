"""Folders in the cache that are either whole or not there, named by a hash of what they were made from."""

import fcntl
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.places import cache

log = logging.getLogger(__name__)


def artifact(name: str, inputs: Iterable[str], make: Callable[[Path], None]) -> Path:
    """Return the folder for these inputs, filled by `make` unless a whole one is there.

    `make` works in a folder of another name; renaming it is the last step, so that a killed build leaves
    nothing that counts.
    """
    folder = cache() / f"{name}-{key(inputs)}"
    if folder.exists():
        return folder
    with _alone(folder.name):
        if not folder.exists():
            _make(folder, make)
    return folder


def key(inputs: Iterable[str]) -> str:
    """Return the hash that stands for a list of inputs; their order and their borders count."""
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(f"{len(item)}:{item}".encode())
    return digest.hexdigest()[:16]


def build_log(name: str) -> Path:
    """Return the file that holds what the tools said while `name` was built."""
    folder = cache() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    for left in cache().glob(f"{folder.name}.partial-*"):
        shutil.rmtree(left)
    started = time.monotonic()
    log.info("building %s", folder.name)
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.partial-", dir=cache()))
    partial.chmod(0o755)
    make(partial)
    partial.rename(folder)
    log.info("built %s in %.0f s", folder.name, time.monotonic() - started)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold the lock of one folder: it has one builder at a time; the system frees it when its holder dies."""
    locks = cache() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

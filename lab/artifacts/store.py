"""A containerd data folder with all images unpacked, made once; each node starts on a copy of it.

Importing the images into every node took 12 s of the lab's start; copying a store, most of it by hard
links, takes a fraction of one.
"""

import os
import shutil
from pathlib import Path

from lab.artifacts.cache import artifact, build_log
from lab.artifacts.images import images
from lab.places import HERE
from lab.processes import run, run_logged

FILL = HERE / "artifacts" / "fill-store.sh"


def store(versions: tuple[str, ...]) -> Path:
    """Return the folder of the prepared store with these versions of Istio, making it where it is missing."""
    archives = images(versions)
    inputs = (archives.name, run(("containerd", "--version")), FILL.read_text())
    return artifact("store", inputs, lambda folder: _fill(archives, folder))


def copy(source: Path, target: Path) -> None:
    """Copy a store: image content is never written to again and can be linked, databases are copied."""
    shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)


def _fill(archives: Path, folder: Path) -> None:
    run_logged(("sh", FILL, archives, folder), build_log("store"), folder, {})


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith(".db"):
        shutil.copy2(source, target)
        return
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)

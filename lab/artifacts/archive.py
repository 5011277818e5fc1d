"""A container image as a record, and the tar file that `ctr image import` reads.

One layer, no timestamps: the same entries give the same bytes.
"""

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of an image: a folder, a symbolic link, bytes, or a copy of a file of this machine."""

    path: str
    mode: int = 0o755
    content: bytes | Path | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A container image: its reference, what it starts and as whom, and its files."""

    reference: str
    entrypoint: tuple[str, ...]
    entries: tuple[Entry, ...]
    user: str = "0"
    environment: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of the image's archive."""
        return self.reference.rsplit("/", 1)[1].replace(":", "-") + ".tar"


def write(image: Image, folder: Path) -> None:
    """Write the image's archive into `folder`."""
    layer = _tar(_with_parents(image.entries))
    config = json.dumps(_config(image, layer)).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [image.reference], "Layers": ["layer.tar"]}]
    files = {config_name: config, "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()}
    archive = _tar(Entry(name, 0o644, content) for name, content in files.items())
    (folder / image.file_name).write_bytes(archive)


def _config(image: Image, layer: bytes) -> dict[str, object]:
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        "os": "linux",
        "config": {
            "Entrypoint": image.entrypoint,
            "User": image.user,
            "Env": [path, *image.environment],
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created": "1970-01-01T00:00:00Z"}],
    }


def _with_parents(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries, each path once, in an order in which every folder precedes its content."""
    by_path = {str(PurePosixPath(entry.path)).lstrip("/"): entry for entry in entries}
    for path in tuple(by_path):
        for parent in PurePosixPath(path).parents:
            by_path.setdefault(str(parent), Entry(str(parent)))
    by_path.pop(".", None)
    return [by_path[path] for path in sorted(by_path)]


def _tar(entries: Iterable[Entry]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for entry in entries:
            content = entry.content.read_bytes() if isinstance(entry.content, Path) else entry.content
            tar.addfile(_header(entry, len(content or b"")), io.BytesIO(content or b""))
    return buffer.getvalue()


def _header(entry: Entry, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(entry.path.lstrip("/"))
    header.mode, header.size = entry.mode, size
    if isinstance(entry.content, Path):
        header.mode = stat.S_IMODE(entry.content.stat().st_mode)
    if entry.link:
        header.type, header.linkname = tarfile.SYMTYPE, entry.link
    elif entry.content is None:
        header.type = tarfile.DIRTYPE
    return header

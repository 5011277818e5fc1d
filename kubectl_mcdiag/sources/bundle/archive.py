"""A bundle in one file: packs what a run wrote into a `.tar.gz`, and reads one that may come from anybody.

Nothing is ever unpacked to disk; whoever wrote it decides neither where files go nor how many they are.
"""

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.sources.bundle import tar
from kubectl_mcdiag.sources.bundle.folder import Folder, create

SUFFIXES = (".tar.gz", ".tgz")
SIZE_LIMIT = 512_000_000
MEMBER_LIMIT = 50_000

_DAMAGE = (EOFError, OSError, zlib.error, ValueError, OverflowError)


def is_archive(path: Path) -> bool:
    """Return whether a path names an archive rather than a folder."""
    return path.name.endswith(SUFFIXES)


def read(path: Path, size_limit: int = SIZE_LIMIT) -> dict[str, bytes]:
    """Return the files of an archive by their names; `McdiagError` for a damaged or hostile one.

    It is decompressed once, up to `size_limit` bytes, so that no header can make it cost more.
    """
    try:
        with gzip.open(path) as packed:
            plain = packed.read(size_limit + 1)
        if len(plain) > size_limit:
            raise McdiagError(f"{path} is not a bundle: it unpacks to more than {size_limit:,} bytes")
        return dict(_files(plain, path))
    except _DAMAGE as error:
        raise McdiagError(f"{path} cannot be read as a .tar.gz: {error}") from None


def _files(plain: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    for number, member in enumerate(tar.members(plain)):
        why = "it holds too many files" if number >= MEMBER_LIMIT else _refusal(member.name)
        if why:
            raise McdiagError(f"{path} is not a bundle: {why}")
        if member.content is not None:
            yield str(PurePosixPath(member.name)), member.content


def _refusal(name: str) -> str:
    parts = PurePosixPath(name)
    leads_out = parts.is_absolute() or ".." in parts.parts or not name.isprintable()
    return f"it holds the name {name[:100]!r}, which leads out of it" if leads_out else ""


def write(folder: Folder, path: Path, top: str, moment: datetime) -> None:
    """Pack what was written into a folder as `path`, whole or not at all; `top` is the folder that it unpacks to.

    The same files give the same bytes. What has come to be at `path` meanwhile stays: that is an `OSError`.
    """
    part = path.with_name(f"{folder.path.name}.tmp")
    seconds = int(moment.timestamp())
    try:
        with os.fdopen(create(part), "wb") as raw, gzip.GzipFile("", "wb", 6, raw, seconds) as packed:
            _pack(folder, top, seconds, packed)
        _place(part, path)
    finally:
        part.unlink(missing_ok=True)


def _pack(folder: Folder, top: str, seconds: int, packed: gzip.GzipFile) -> None:
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in sorted(folder.files):
            content = folder.read(name)
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size, member.mode, member.mtime = len(content), 0o600, seconds
            archive.addfile(member, io.BytesIO(content))


def _place(part: Path, path: Path) -> None:
    # A second name for a file never replaces anything, a new name may; some file systems have but the latter.
    try:
        os.link(part, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(17, "File exists") from None
        part.rename(path)


def top_of(path: Path) -> str:
    """Return what the folder in an archive is called: as the archive itself."""
    return path.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz")

"""A bundle in one file: packs a folder into a `.tar.gz`, and reads one that may come from anybody.

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
from typing import BinaryIO

from kubectl_mcdiag.errors import McdiagError

SUFFIXES = (".tar.gz", ".tgz")
SIZE_LIMIT = 512_000_000
MEMBER_LIMIT = 50_000

_DAMAGE = (
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    ValueError,
    OverflowError,
    IndexError,
    RecursionError,
)


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
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            return dict(_files(archive, path, len(plain)))
    except _DAMAGE as error:
        raise McdiagError(f"{path} cannot be read as a .tar.gz: {error}") from None


def _files(archive: tarfile.TarFile, path: Path, size: int) -> Iterator[tuple[str, bytes]]:
    for number, member in enumerate(archive):
        why = "it holds too many files" if number >= MEMBER_LIMIT else _refusal(member, size)
        if why:
            raise McdiagError(f"{path} is not a bundle: {why}")
        content = archive.extractfile(member)
        if content is not None:
            yield str(PurePosixPath(member.name)), content.read()


def _refusal(member: tarfile.TarInfo, size: int) -> str:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or "\0" in member.name:
        return f"it holds the name {member.name[:100]!r}, which leads out of it"
    if not (member.isdir() or member.isreg()) or member.issparse():
        return f"{member.name[:100]!r} is neither a file nor a folder"
    return "a file in it is larger than itself" if member.size > size else ""


def write(folder: Path, path: Path, moment: datetime) -> None:
    """Pack the files of a folder into `path`, whole or not at all; the same files give the same bytes."""
    part = path.with_name(f".{path.name}.tmp")
    top = path.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz")
    seconds = int(moment.timestamp())
    try:
        with private(part) as raw, gzip.GzipFile("", "wb", 6, raw, seconds) as packed:
            _pack(folder, top, seconds, packed)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _pack(folder: Path, top: str, seconds: int, packed: gzip.GzipFile) -> None:
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for file in sorted(folder.rglob("*")):
            if not file.is_file() or file.name.startswith("."):
                continue
            content = file.read_bytes()
            member = tarfile.TarInfo(f"{top}/{file.relative_to(folder).as_posix()}")
            member.size, member.mode, member.mtime = len(content), 0o600, seconds
            archive.addfile(member, io.BytesIO(content))


def private(path: Path) -> BinaryIO:
    """Open a file for writing that only its owner may read; never through a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")

"""A folder as a `.tar.gz` that has the same bytes wherever and whenever it is written."""

import gzip
import hashlib
import tarfile
from pathlib import Path

# What an installer notes of itself differs between installers and is of no use in the archive.
LEFT_OUT = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})


def write(folder: Path, path: Path, moment: int) -> str:
    """Write `folder` to `path`, every file as of `moment` (Unix seconds); return the SHA-256 of the bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for entry in sorted(folder.rglob("*")):
            # A link to a folder is kept as a link: macOS' Python is made of them.
            if (entry.is_symlink() or not entry.is_dir()) and entry.name not in LEFT_OUT:
                _add(tar, folder, entry, moment)
    return sha256(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _add(tar: tarfile.TarFile, folder: Path, entry: Path, moment: int) -> None:
    name = entry.relative_to(folder.parent).as_posix()
    info = tarfile.TarInfo(name)
    info.mtime = moment
    if entry.is_symlink():
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, str(entry.readlink()), 0o777
        tar.addfile(info)
        return
    facts = entry.stat()
    info.size = facts.st_size
    info.mode = 0o755 if facts.st_mode & 0o100 else 0o644
    with entry.open("rb") as content:
        tar.addfile(info, content)

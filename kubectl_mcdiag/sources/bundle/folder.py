"""The folder that a run records into: fresh, its owner's alone, and reached through nothing but its own descriptor."""

import contextlib
import os
import secrets
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class Folder:
    """A new folder beside a path, under a name that nobody can have prepared; it knows the files that it wrote.

    Nothing in it is ever opened by a path that somebody else could have turned into a link, and no file that was
    there before is written to.
    """

    def __init__(self, beside: Path) -> None:
        beside = beside.absolute()
        beside.parent.mkdir(parents=True, exist_ok=True)
        self.path = beside.with_name(f"{beside.name}.partial-{secrets.token_hex(8)}")
        self.path.mkdir(mode=0o700)
        self._root = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        self._folders: set[str] = set()
        self.files: set[str] = set()

    def add(self, folder: str) -> None:
        """Make a folder in it."""
        if folder not in self._folders:
            os.mkdir(folder, 0o700, dir_fd=self._root)
            self._folders.add(folder)

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole: whoever kills the run finds the one before, or this one."""
        above, _, last = name.rpartition("/")
        part = f"{above}/.{last}.tmp" if above else f".{last}.tmp"
        try:
            with os.fdopen(create(part, self._root), "wb") as file:
                file.write(content)
            os.replace(part, name, src_dir_fd=self._root, dst_dir_fd=self._root)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part, dir_fd=self._root)
        self.files.add(name)

    def read(self, name: str) -> bytes:
        """Return a file that was written."""
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._root), "rb") as file:
            return file.read()

    def become(self, path: Path) -> None:
        """Take the place of a path where nothing is, or an empty folder."""
        self.path.rename(path)
        self.path = path

    def remove(self) -> None:
        """Remove it with the files that it wrote, and nothing else."""
        for name in self.files:
            os.unlink(name, dir_fd=self._root)
        for name in self._folders:
            os.rmdir(name, dir_fd=self._root)
        self.path.rmdir()

    def close(self) -> None:
        """Let go of it."""
        with contextlib.suppress(OSError):
            os.close(self._root)


def create(name: str | Path, folder: int | None = None) -> int:
    """Return the descriptor of a new file that only its owner may read; never one that is there, nor through a link."""
    return os.open(name, _NEW, 0o600, dir_fd=folder)

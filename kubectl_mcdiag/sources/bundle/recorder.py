"""Writing a recording while a run goes on, so that a run that is killed leaves what it learned."""

import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from kubectl_mcdiag import __version__
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Settings, Source, unchanged
from kubectl_mcdiag.sources.bundle import archive
from kubectl_mcdiag.sources.bundle.folder import Folder
from kubectl_mcdiag.sources.bundle.reader import FORMAT, HEADER, META, REPLAYED, Identity

_RESERVED = (HEADER, META, "expected.yaml")
_ANONYMOUS = "mesh"
_SLUG_LENGTH = 80
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Recorder:
    """A source that returns what another one returns, and records it.

    `path` is a folder, or a file that ends in `.tar.gz`. Until it is whole, the recording is a fresh folder beside it,
    `PATH.partial-…`, itself a bundle that a killed run leaves; then it takes the place of `path`, where nothing may
    be but an empty folder of one's own. Use it in a `with`, or call `close`: only then is it complete.
    `disguise` replaces what identifies somebody in every text before it is written.
    """

    def __init__(
        self,
        source: Source,
        path: Path,
        contexts: tuple[str, ...],
        settings: Settings,
        taken_at: datetime,
        *,
        disguise: Callable[[str], str] = unchanged,
    ) -> None:
        self._source = source
        self._path = path
        self._disguise = disguise
        contexts, settings = tuple(map(disguise, contexts)), _disguised(settings, disguise)
        # Slugs of contexts hold no dot, so that no folder is named as a file beside it.
        self._folders = dict(zip(contexts, _distinct(map(_slug, contexts)), strict=True))
        self._header = _header(self._folders, settings, taken_at)
        self._top = archive.top_of(path)
        if disguise is not unchanged:
            self._header["anonymized"] = True
            self._top = _ANONYMOUS
        self._taken_at = taken_at
        self._lock = threading.Lock()
        self._files: dict[Identity, str] = {}
        self._meta: dict[str, dict[str, bytes]] = {}
        self._error: OSError | None = None
        self._open, self._whole = True, True
        self._folder = self._prepared()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        if kind is None:
            self.close()
        self._open = False

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the other source's output; a disk that cannot accept it never stops the run."""
        output = self._source.run(invocation, timeout)
        self.keep(invocation, output)
        return output

    def keep(self, invocation: Invocation, output: Output) -> None:
        """Record an output that was had before there was a recorder."""
        with self._lock:
            if self._open and not self._error:
                try:
                    self._save(invocation, output)
                except OSError as error:
                    self._error = error

    def settle(self, settings: Settings) -> None:
        """Record these settings: some are found out during the run."""
        self._header["settings"] = _given(_disguised(settings, self._disguise))

    def note_masked(self, found: Mapping[tuple[str, str], int]) -> None:
        """Record how often which rule masked something in the answers of which command; never what it was."""
        rows = [{"rule": rule, "command": key, "times": times} for (rule, key), times in sorted(found.items())]
        if rows:
            self._header["masked"] = rows

    def close(self) -> None:
        """Mark the recording complete and pack it; `McdiagError` (exit 3) where the disk did not take it."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            try:
                if self._error:
                    raise self._error
                self._folder.write(HEADER, _yaml(self._header | ({"complete": True} if self._whole else {})))
                self._finish()
            except OSError as error:
                left = f"; what was had is in {self._folder.path}"
                raise McdiagError(f"{self._path} could not be recorded: {_why(error)}{left}", 3) from None

    def _prepared(self) -> Folder:
        _refuse(self._path)
        try:
            found = Folder(self._path)
            found.write(HEADER, _yaml(self._header))
            for name in self._folders.values():
                found.add(name)
        except OSError as error:
            raise McdiagError(f"{self._path} cannot be written: {_why(error)}; choose another path") from None
        return found

    def _save(self, asked: Invocation, answered: Output) -> None:
        invocation, output = _hidden(asked, answered, self._disguise)
        folder = self._folders.get(invocation.context)
        prefix = f"{folder}/" if folder else ""
        entries = self._meta.setdefault(prefix, {})
        name = self._files.get(invocation.identity) or _file_name(invocation, entries)
        self._folder.write(f"{prefix}{name}", output.stdout.encode("utf-8", "replace"))
        entries[name] = _yaml({name: _item(invocation, output, named=folder is None)})
        self._files[invocation.identity] = name
        self._folder.write(f"{prefix}{META}", b"".join(entries.values()))
        self._whole &= output.failure is not Failure.INTERRUPTED

    def _finish(self) -> None:
        if archive.is_archive(self._path):
            archive.write(self._folder, self._path, self._top, self._taken_at)
            self._folder.remove()
        else:
            self._folder.become(self._path)
        self._folder.close()


def _disguised(settings: Settings, disguise: Callable[[str], str]) -> Settings:
    return replace(
        settings,
        istio_namespace=disguise(settings.istio_namespace),
        namespace=disguise(settings.namespace),
        revision=disguise(settings.revision),
        services=tuple(map(disguise, settings.services)),
        client=disguise(settings.client),
    )


def _hidden(asked: Invocation, answered: Output, disguise: Callable[[str], str]) -> tuple[Invocation, Output]:
    invocation = replace(asked, context=disguise(asked.context), target=disguise(asked.target))
    return invocation, replace(answered, stdout=disguise(answered.stdout), stderr=disguise(answered.stderr))


def _header(folders: dict[str, str], settings: Settings, taken_at: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "tool": f"kubectl-mcdiag {__version__}",
        "origin": "recorded",
        "taken_at": taken_at.isoformat(),
        "contexts": [{"name": context, "folder": folder} for context, folder in folders.items()],
        "commands": [command.key for command in COMMANDS],
        "settings": _given(settings),
    }


def _given(settings: Settings) -> dict[str, Any]:
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in fields(settings)
        if field.name in REPLAYED and (value := getattr(settings, field.name)) != field.default
    }


def _item(invocation: Invocation, output: Output, *, named: bool) -> dict[str, Any]:
    item = {
        "command": invocation.command.key,
        "context": invocation.context if named else "",
        "target": invocation.target,
        "exit_code": output.exit_code,
        "seconds": round(output.seconds, 3),
        "stderr": output.stderr,
        "failure": output.failure.value,
    }
    return {key: value for key, value in item.items() if value}


def _yaml(value: dict[str, Any]) -> bytes:
    written: str = yaml.dump(_utf8(value), Dumper=_DUMPER, sort_keys=False, width=110)
    return written.encode("utf-8")


def _utf8(value: Any) -> Any:
    # An argument that is not UTF-8 reaches Python with lone surrogates, which no file can hold.
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_utf8(key): _utf8(item) for key, item in value.items()}
    return [_utf8(item) for item in value] if isinstance(value, list) else value


def _file_name(invocation: Invocation, taken: Iterable[str]) -> str:
    command = invocation.command
    target = f"--{_slug(invocation.target, '.')}" if invocation.target else ""
    stem, suffix = f"{_slug(command.key)}{target}", _slug(command.suffix)
    names = {name.casefold() for name in (*taken, *_RESERVED)}
    return next(name for name in _numbered(stem, f".{suffix}") if name.casefold() not in names)


def _distinct(slugs: Iterable[str]) -> list[str]:
    found: list[str] = []
    for slug in slugs:
        names = {name.casefold() for name in found}
        found.append(next(name for name in _numbered(slug) if name.casefold() not in names))
    return found


def _numbered(stem: str, suffix: str = "") -> Iterable[str]:
    yield f"{stem}{suffix}"
    for number in count(2):
        yield f"{stem}-{number}{suffix}"


def _slug(name: str, kept: str = "") -> str:
    return re.sub(rf"[^A-Za-z0-9_{kept}-]+", "-", name).strip(".-")[:_SLUG_LENGTH] or "unnamed"


def _refuse(path: Path) -> None:
    """Raise `McdiagError` where there is something already: only an empty folder of one's own may be taken."""
    try:
        found = path.lstat()
        is_free = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not any(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise McdiagError(f"{path} cannot be written: {_why(error)}; choose another path") from None
    if not is_free or archive.is_archive(path):
        raise McdiagError(f"{path} exists; choose another path, or remove it")


def _why(error: OSError) -> str:
    return error.strerror or str(error)

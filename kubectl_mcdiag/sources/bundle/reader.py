"""Reading a recording that may come from anybody: every name, size and value in it is doubted."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from kubectl_mcdiag import __version__
from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.evidence import names as kinds
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Settings
from kubectl_mcdiag.evidence.names import Kind
from kubectl_mcdiag.evidence.parsers.failures import said
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml, mapping, names, number, sequence, text
from kubectl_mcdiag.sources.bundle import archive
from kubectl_mcdiag.sources.bundle.edits import edited, mark

FORMAT = 1
FILE_LIMIT = 200_000_000
CONTEXT_LIMIT = 250
HEADER, META = "bundle.yaml", "meta.yaml"
_OLDER = "the mcdiag that made it did not ask this yet"
_HINT = "make one with `kubectl mcdiag collect PATH`"
_EXTENDS_LIMIT = 5
_NEIGHBOUR = re.compile(r"\.\./(?:\.\./)?[\w.-]+(?:/[\w.-]+)?")
_NAMES = {
    "istio_namespace": kinds.LABEL,
    "namespace": kinds.LABEL,
    "revision": kinds.REVISION,
    "services": kinds.CONTEXT,
    "client": kinds.CONTEXT,
}
REPLAYED = (*_NAMES, *(field.name for field in fields(Settings) if isinstance(field.default, bool)))
"""The settings that a replay needs: they are recorded, and a recording sets no others."""

Identity = tuple[str, str, str]
Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded output: the file with its stdout, and the rest; `edits` marks the base's that the file edits."""

    file: str
    output: Output
    edits: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A recording; a source that gives the outputs recorded, and `NOT_RECORDED` for all else.

    `partial`: the run that made it was killed or interrupted. `base`: where outputs missing here are.
    `commands`: the keys of the commands that the mcdiag which made it knew.
    """

    contexts: tuple[str, ...]
    settings: Settings
    taken_at: datetime
    partial: bool
    origin: str
    commands: frozenset[str]
    entries: Mapping[Identity, Entry]
    read: Read
    base: "Bundle | None" = None

    @staticmethod
    def open(path: Path) -> "Bundle":
        """Return the bundle at a path, a folder or a `.tar.gz`; `McdiagError` where there is none."""
        return _open(path, _EXTENDS_LIMIT)

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return what was recorded for the invocation; `timeout` is not needed."""
        entry = self.entries.get(invocation.identity)
        stdout = self._stdout(entry, invocation) if entry else None
        if entry is not None and stdout is not None:
            return replace(entry.output, stdout=stdout)
        if self.base:
            return self.base.run(invocation, timeout)
        known = invocation.command.key in self.commands
        return Output(stderr="" if known else _OLDER, failure=Failure.NOT_RECORDED)

    def _stdout(self, entry: Entry, invocation: Invocation) -> str | None:
        content = self.read(entry.file)
        found = content.decode("utf-8", "replace") if content is not None else None
        if found is None or not entry.edits:
            return found
        if self.base is None:
            raise McdiagError(f"{entry.file} is not an answer: it edits one of a bundle that is not extended")
        whole = self.base.run(invocation, 0.0).stdout
        if mark(whole) != entry.edits:
            raise McdiagError(f"{entry.file} is not an answer: it edits another one than that of {HEADER}'s `extends`")
        try:
            return edited(whole, found)
        except ParseError as error:
            raise McdiagError(f"{entry.file} is not an answer: {error}") from None


def _open(path: Path, depth: int) -> Bundle:
    if not path.exists():
        raise McdiagError(f"{path} is not a bundle: there is no such file or folder; {_HINT}")
    read = _folder(path) if path.is_dir() else _archived(path)
    try:
        header = mapping(_yaml(read, HEADER))
        if not header:
            raise ParseError(f"it has no {HEADER}")
        return _bundle(header, read, _base(header, path, depth))
    except ParseError as error:
        raise McdiagError(f"{path} is not a bundle: {error}; {_HINT}") from None


def _folder(root: Path) -> Read:
    def read(name: str) -> bytes | None:
        file = root / name
        try:
            if any(part.is_symlink() for part in (file, file.parent) if part != root) or not file.is_file():
                return None
            return file.read_bytes() if file.stat().st_size <= FILE_LIMIT else None
        except (OSError, ValueError):
            return None

    return read


def _archived(path: Path) -> Read:
    files = archive.read(path)
    headers = [PurePosixPath(name) for name in files if PurePosixPath(name).name == HEADER]
    top = min(headers, key=lambda name: len(name.parts)).parent if headers else PurePosixPath()
    return lambda name: files.get(str(top / name))


def _yaml(read: Read, name: str) -> Any:
    content = read(name)
    try:
        return load_yaml(content.decode("utf-8", "replace")) if content is not None else None
    except ParseError as error:
        raise ParseError(f"{name} is {error}") from None


def _base(header: dict[str, Any], path: Path, depth: int) -> Bundle | None:
    other = text(header.get("extends"))
    if not other:
        return None
    place = path / other
    if not path.is_dir() or not _NEIGHBOUR.fullmatch(other) or place.is_symlink() or depth == 0:
        raise ParseError("`extends` works between neighbouring folders only, and not in circles")
    return _open(place, depth - 1)


def _bundle(header: dict[str, Any], read: Read, base: Bundle | None) -> Bundle:
    version = number(header.get("format"))
    if not 1 <= version <= FORMAT:
        raise ParseError(f"it has format {version} and this mcdiag {__version__} reads format {FORMAT}")
    folders = {_context(item.get("name")): _plain(item.get("folder")) for item in _contexts(header)}
    entries = dict(_entries(read, "", ""))
    for context, folder in folders.items():
        entries.update(_entries(read, f"{folder}/", context))
    return Bundle(
        contexts=tuple(folders) or (base.contexts if base else ()),
        settings=_settings(header) if "settings" in header or not base else base.settings,
        taken_at=_moment(header) if "taken_at" in header or not base else base.taken_at,
        partial=header.get("complete", base is not None) is not True or (base is not None and base.partial),
        origin=text(header.get("origin")) or "recorded",
        commands=frozenset(names(header.get("commands"))) or (base.commands if base else frozenset()),
        entries=entries,
        read=read,
        base=base,
    )


def _contexts(header: dict[str, Any]) -> list[dict[str, Any]]:
    found = [mapping(item) for item in sequence(header.get("contexts"))]
    if len(found) > CONTEXT_LIMIT:
        raise ParseError(f"it has more than {CONTEXT_LIMIT} contexts")
    # Each pair of them is judged: a folder that many of them name would cost much and weigh nothing.
    if len({text(item.get("folder")) for item in found}) < len(found):
        raise ParseError("two of its contexts have one folder")
    return found


def _plain(value: Any) -> str:
    name = text(value)
    if not name or name in (".", "..") or re.search(r"[/\\]", name) or not name.isprintable():
        raise ParseError("it holds a name that is not the plain name of a file or folder in it")
    return name


def _context(value: Any) -> str:
    try:
        return kinds.CONTEXT.of(text(value))
    except ParseError:
        raise ParseError("one of its contexts has a name that no command can be made of") from None


def _target(value: Any) -> str:
    found = text(value)
    if found and not all(map(kinds.CONTEXT.accepts, found.split(" "))):
        raise ParseError("an answer is about something that no command can be made of")
    return found


def _settings(header: dict[str, Any]) -> Settings:
    given = mapping(header.get("settings"))
    return Settings(**{name: _setting(name, given[name]) for name in REPLAYED if name in given})


def _setting(name: str, value: Any) -> Any:
    kind = _NAMES.get(name)
    if kind is None:
        return value is True
    if name == "services":
        return tuple(_named(kind, name, each) for each in names(value))
    return _named(kind, name, text(value))


def _named(kind: Kind, setting: str, value: str) -> str:
    if value and not kind.accepts(value):
        raise ParseError(f"settings.{setting}: expected {kind.title}")
    return value


def _moment(header: dict[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(str(header.get("taken_at")))
    except ValueError:
        raise ParseError("taken_at is not a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _entries(read: Read, folder: str, context: str) -> Iterator[tuple[Identity, Entry]]:
    for name, value in mapping(_yaml(read, f"{folder}{META}")).items():
        item = mapping(value)
        own = _context(item["context"]) if item.get("context") else context
        yield (
            (text(item.get("command")), own, _target(item.get("target"))),
            Entry(f"{folder}{_plain(name)}", _output(item), text(item.get("edits"))),
        )


def _output(item: dict[str, Any]) -> Output:
    try:
        failure = Failure(text(item.get("failure")))
        seconds = float(text(item.get("seconds")) or 0)
    except ValueError:
        raise ParseError("an answer's `failure` or `seconds` is none") from None
    exit_code = number(item.get("exit_code"))
    # The first version kept all of it, of what succeeded too.
    stderr = said(text(item.get("stderr"))) if exit_code or failure is not Failure.NONE else ""
    return Output(exit_code, "", stderr, seconds, failure)

"""Recordings made small: `python -m tests.compact` keeps of each only what differs from another of the same mesh.

Recordings are added whole. This changes nothing that they answer: `extends` in bundle.yaml names the folder that
answers the rest, which may have been asked more only of pods that are not in the recording; and an answer that is
alike is kept as the lines that differ (`edits` in meta.yaml). With `--whole` each has
all its answers again, so that any of them can be recorded anew; `make record` does both.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from kubectl_mcdiag.sources.bundle.edits import edited, mark
from tests.scenarios import FIXTURES, Scenario, scenarios

HEADER, META = "bundle.yaml", "meta.yaml"
UNREAD = ("argv", "seconds", "edits")
"""What a replay does not read of an answer."""
SHARED = ("tool", "commands", "settings", "complete")
"""What the header of a recording takes from its base."""
BY_KEY = {command.key: command for command in COMMANDS}
WORTH = 0.8
"""Which part of an answer its edits may be at most."""
TOLD_BYTES = 80
"""About how long it is told of an answer how it came."""

Place = tuple[str, str]
"""The meta file that tells of an answer, and the name of its own file."""
Answer = tuple[str, bytes]
"""How a command ended, as JSON, and what it printed."""


@dataclass(frozen=True)
class Recording:
    """All answers of one recording, or those in its own folder."""

    path: Path
    answers: Mapping[Place, Answer]

    @cached_property
    def pods(self) -> str:
        """The lists of pods: of one that is in none of them, nothing is asked."""
        return "".join(printed.decode() for (_, name), (_, printed) in self.answers.items() if name == "pods.txt")

    def asks(self, name: str) -> bool:
        """Whether a replay can ask for the answer in a file of this name."""
        _, of_pod, target = name.partition("--")
        return not of_pod or target.split(".")[0] in self.pods

    def same(self, base: "Recording") -> set[Place]:
        """Return the answers that are the base's as well."""
        return {place for place, answer in self.answers.items() if base.answers.get(place) == answer}

    def saved(self, base: "Recording") -> int:
        """Return how many bytes a base saves; none where it would answer what this recording cannot."""
        if base.path == self.path or any(self.asks(name) for _, name in base.answers.keys() - self.answers.keys()):
            return 0
        return sum(len(self.answers[place][1]) + TOLD_BYTES for place in self.same(base))


def own(path: Path) -> Recording:
    """Read the answers in a folder."""
    answers = {
        (str(meta.relative_to(path)), name): (json.dumps(told, sort_keys=True), printed(meta.parent / name))
        for meta in sorted(path.rglob(META))
        for name, told in read(meta).items()
    }
    return Recording(path, answers)


def printed(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = load_yaml(path.read_text("utf-8")) or {} if path.exists() else {}
    return found


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110), "utf-8")


def compact(paths: list[Path], extended: set[Path]) -> None:
    """Make whole recordings small; those that others extend already stay whole."""
    recordings = {path: own(path) for path in paths}
    for path, base in bases(list(recordings.values()), extended).items():
        extend(recordings[path], base)


def tidy(path: Path) -> None:
    """Drop what a replay does not read: the words of the commands, and the blanks of JSON."""
    for meta in path.rglob(META):
        write(meta, {name: {k: v for k, v in told.items() if k not in UNREAD} for name, told in read(meta).items()})
        for name, told in read(meta).items():
            file = meta.parent / name
            if file.exists() and not told.get("failure"):
                file.write_text(as_today(told["command"], file.read_text("utf-8")), "utf-8")


def as_today(key: str, text: str) -> str:
    """Return an answer as today's recorder keeps it where the same is read of it, without the blanks of JSON."""
    command = BY_KEY[key]
    try:
        kept = command.redact(text)
        found = kept if command.parse(kept) == command.parse(text) else text
    except ParseError:
        found = text
    return packed(json.loads(found)) if found.startswith(("{\n", "[\n", '{"items": [\n')) else found


def packed(value: Any) -> str:
    """Return JSON with one value a line, so that edits hold what differs and not the whole object around it."""
    return json.dumps(value, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"


def bases(found: list[Recording], given: set[Path]) -> dict[Path, Recording]:
    """Return the base of each recording that gets one: greedily those that save most, beside the given ones."""
    saved = {(one.path, base.path): one.saved(base) for one in found for base in found}
    chosen = {one.path: one for one in found if one.path in given}
    best = {one.path: max((saved[one.path, path] for path in chosen), default=0) for one in found}

    def worth(base: Recording) -> int:
        more = (max(0, saved[one.path, base.path] - best[one.path]) for one in found if one.path not in chosen)
        return sum(more) - best[base.path]

    while rest := [one for one in found if one.path not in chosen]:
        top = max(rest, key=lambda base: (worth(base), base.path.name))
        if worth(top) <= 0:
            break
        chosen[top.path] = top
        best = {path: max(least, saved[path, top.path]) for path, least in best.items()}
    return {
        one.path: max(chosen.values(), key=lambda base: saved[one.path, base.path]) for one in rest if best[one.path]
    }


def extend(one: Recording, base: Recording) -> None:
    """Remove from a recording what its base answers as well, and of the rest the lines that are the base's."""
    for (where, name), (_, text) in one.answers.items():
        like = base.answers.get((where, name), ("", b""))[1].decode()
        edits = edits_of(like, text.decode())
        if (where, name) not in one.same(base) and len(edits) < WORTH * len(text):
            (one.path / where).with_name(name).write_text(edits, "utf-8")
            told = read(one.path / where)
            write(one.path / where, {**told, name: {**told[name], "edits": mark(like)}})
    for where, name in one.same(base):
        (one.path / where).with_name(name).unlink(missing_ok=True)
        told = read(one.path / where)
        del told[name]
        write(one.path / where, told)
    for meta in [meta for meta in one.path.rglob(META) if not read(meta)]:
        meta.unlink()
    for folder in [folder for folder in one.path.iterdir() if folder.is_dir() and not any(folder.iterdir())]:
        folder.rmdir()
    header, taken = read(one.path / HEADER), read(base.path / HEADER)
    differs = {key: value for key, value in header.items() if key not in SHARED or value != taken.get(key)}
    write(one.path / HEADER, {**differs, "extends": f"../{base.path.name}"})


def edits_of(base: str, text: str) -> str:
    """Return how a text differs from another, in lines."""
    old, new = base.split("\n"), text.split("\n")
    hunks = [
        "\n".join((f"@{start},{end}", *(f"+{line}" for line in new[first:last])))
        for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return "".join(f"{hunk}\n" for hunk in hunks)


def make_whole(path: Path) -> None:
    """Give a recording the answers that it has from its base."""
    header = read(path / HEADER)
    if "extends" not in header:
        return
    base = (path / header.pop("extends")).resolve()
    make_whole(base)
    mine, other = own(path), own(base)
    for (where, name), (told, _) in mine.answers.items():
        if json.loads(told).get("edits"):
            file = (path / where).with_name(name)
            file.write_text(edited(other.answers[where, name][1].decode(), file.read_text("utf-8")), "utf-8")
            write(path / where, {**read(path / where), name: {**json.loads(told), "edits": ""}})
    all_answers = Recording(path, {**other.answers, **own(path).answers})
    for where, name in sorted(other.answers.keys() - mine.answers.keys()):
        if all_answers.asks(name):
            write(path / where, {**read(path / where), name: read(base / where)[name]})
            (path / where).with_name(name).write_bytes(printed((base / where).with_name(name)))
    taken = read(base / HEADER)
    write(path / HEADER, {**{key: taken[key] for key in SHARED if key in taken}, **header})


def texts(path: Path) -> dict[str, str]:
    """Return what a recording holds in its own folder, by file, each as a whole text."""
    found = {}
    for (where, name), (told, printed_text) in own(path).answers.items():
        place, text = str(Path(where).with_name(name)), printed_text.decode()
        if json.loads(told).get("edits"):
            base = (path / read(path / HEADER)["extends"]).resolve()
            text = edited(texts(base)[place], text)
        found[place] = text
    return found


def recorded() -> list[Scenario]:
    return [scenario for scenario in scenarios() if scenario.is_recorded]


def main(arguments: list[str]) -> None:
    if arguments == ["--whole"]:
        for scenario in recorded():
            make_whole(scenario.path)
        return
    smaller = [scenario for scenario in recorded() if "extends" in scenario.header]
    extended = {(scenario.path / scenario.header["extends"]).resolve() for scenario in smaller}
    whole = [scenario.path for scenario in recorded() if scenario not in smaller]
    for path in whole:
        if path not in extended:
            tidy(path)
    for folder in sorted(path for path in FIXTURES.iterdir() if path.is_dir()):
        compact([path for path in whole if path.parent == folder], extended)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Fuzz one reader, led by the coverage of its code: `python -m tests.hostile.guided READER SEEDS [libFuzzer's flags]`.

READER is the key of a command, whose output is read as it comes and as it is recorded, or `bundle`, the bytes of an
archive. Any exception but the one with words ends it at once, with its traceback and the input that did it.
"""

import gzip
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["kubectl_mcdiag"]):
    from kubectl_mcdiag.errors import McdiagError, ParseError
    from kubectl_mcdiag.evidence.commands import COMMANDS
    from kubectl_mcdiag.evidence.model import Command
    from kubectl_mcdiag.sources.bundle import Bundle

BUNDLE = "bundle"


def _output(command: Command[Any], content: bytes) -> None:
    printed = content.decode("utf-8", "replace")
    with suppress(ParseError):
        command.parse(printed)
    with suppress(ParseError):
        command.parse(command.redact(printed))


def _bundle(path: Path, content: bytes) -> None:
    # It is packed here, for no change of packed bytes gets past the checksum.
    path.write_bytes(gzip.compress(content, 1))
    with suppress(McdiagError):
        bundle = Bundle.open(path)
        for entry in bundle.entries.values():
            bundle.read(entry.file)


def _reader(name: str, folder: Path) -> Callable[[bytes], None]:
    if name == BUNDLE:
        return partial(_bundle, folder / "kept.tar.gz")
    return partial(_output, next(command for command in COMMANDS if command.key == name))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        atheris.Setup([sys.argv[0], *sys.argv[2:]], _reader(sys.argv[1], Path(place)))
        atheris.Fuzz()

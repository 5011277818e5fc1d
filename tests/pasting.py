"""Blocks as an operator pastes them: what bash, zsh and fish run of them, told by stand-ins that record their words."""

import shutil
import subprocess  # noqa: TID251 - the shells read the blocks as an operator's do
from collections.abc import Iterable, Sequence
from pathlib import Path

from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.checks.steps import pasted as block
from kubectl_mcdiag.evidence.shell import Input, Joined, Shell, Word
from kubectl_mcdiag.verdict.model import Report
from tests.quoting import findings, shown

SHELLS = tuple(name for name in ("bash", "zsh", "fish") if shutil.which(name))
GIVEN = "a b$(pwned)*'\"; pwned"
"""What the operator sets every input to: one word, whatever it holds."""
_SECONDS = 120
# One write for each call, so that those of a pipeline do not mix; every other command comes to the last function.
_POSIX = r"""
tell() { builtin printf -v told '%s\x1f' "$@"; builtin printf '%s\x1e' "$told" >> "$HEARD"; }
kubectl() { tell kubectl "$@"; return $ENDS; }
istioctl() { tell istioctl "$@"; return $ENDS; }
printf() { tell printf "$@"; return $ENDS; }
command_not_found_handle() { tell "$@"; return 127; }
command_not_found_handler() { tell "$@"; return 127; }
for block in "$@"; do ( . "$block" ); builtin printf '\x1d' >> "$HEARD"; done
"""
_FISH = r"""
function tell; builtin printf '%s\x1e' (string join \x1f -- $argv | string collect)\x1f >> $HEARD; end
function kubectl; tell kubectl $argv; return $ENDS; end
function istioctl; tell istioctl $argv; return $ENDS; end
function printf; tell printf $argv; return $ENDS; end
function fish_command_not_found; tell $argv; end
for block in $argv; source $block; builtin printf '\x1d' >> $HEARD; end
"""
_STARTS = {
    "bash": ("bash", "--noprofile", "--norc", "-c", _POSIX, "bash"),
    "zsh": ("zsh", "-f", "-c", _POSIX, "zsh"),
    "fish": ("fish", "--no-config", "-c", _FISH),
}
Call = tuple[str, ...]


def heard(
    name: str, blocks: Sequence[str], folder: Path, *, ends: int = 0, inputs: Iterable[str] = ()
) -> list[list[Call]]:
    """Return the calls that a shell makes of each block, one after the other, where each command ends with `ends`."""
    paths = [folder / f"{number}.sh" for number in range(len(blocks))]
    for path, text in zip(paths, blocks, strict=True):
        path.write_text(text + "\n", "utf-8")
    log, place = folder / "heard", folder / "place"
    place.mkdir()
    log.touch()
    start, *rest = _STARTS[name]
    subprocess.run(
        [shutil.which(start) or start, *rest, *map(str, paths)],
        capture_output=True,
        cwd=place,
        env={
            "PATH": "/nonexistent",
            "HOME": str(place),
            "HEARD": str(log),
            "ENDS": str(ends),
            **dict.fromkeys(inputs, GIVEN),
        },
        timeout=_SECONDS,
        check=False,
    )
    assert not [found for found in place.iterdir() if found.name not in (".config", ".local", ".cache")], "wrote a file"
    told = log.read_text("utf-8").split("\x1d")
    assert len(told) == len(blocks) + 1, "a block ended the shell"
    return [[tuple(call.split("\x1f")[:-1]) for call in each.split("\x1e")[:-1]] for each in told[:-1]]


def fixes(found: Report) -> tuple[tuple[Step, ...], ...]:
    """Return every fix of a report."""
    return tuple(dict.fromkeys(finding.fix for finding in findings(found) if finding.fix))


def pasted(found: Report) -> tuple[str, ...]:
    """Return every block and every single command that a report offers to be pasted, each once."""
    return tuple(dict.fromkeys((*map(block, fixes(found)), *shown(found))))


def meant(command: Shell) -> list[Call]:
    """Return the calls that a command is, with every input given."""
    return [tuple(map(_given, argv)) for argv in command.pipeline]


def _given(word: Word) -> str:
    parts = word.parts if isinstance(word, Joined) else (word,)
    return "".join(GIVEN if isinstance(part, Input) else part for part in parts)

"""The source that runs several commands as one, and gives each the output that it would have had by itself."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Source
from kubectl_mcdiag.evidence.parsers.failures import denied

_APART = frozenset({Failure.NONE, Failure.FORBIDDEN, Failure.TOO_LARGE, Failure.UNREADABLE})


class Together:
    """Runs what another source runs; what is not asked for yet is kept until it is. Safe to call from many threads."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: dict[tuple[str, str, str], Output] = {}

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the output; where one question for all does not do, each asks by itself."""
        if (kept := self._kept.pop(invocation.identity, None)) is not None:
            return kept
        if not invocation.merged:
            return self._source.run(invocation, timeout)
        whole, *others = invocation.merged
        began = time.monotonic()
        output = self._source.run(whole, timeout)
        parts = dict(_parts(output, (invocation, *others)))
        if parts:
            self._kept |= parts
            return self._kept.pop(invocation.identity)
        alone = self._source.run(replace(invocation, merged=()), max(1.0, timeout - (time.monotonic() - began)))
        return replace(alone, size=alone.size + output.size, commands=2)


def _parts(whole: Output, asked: tuple[Invocation, ...]) -> Iterator[tuple[tuple[str, str, str], Output]]:
    """Yield the output of each invocation; nothing where they have to be asked one by one."""
    if _is_alike(whole):
        texts = {each.command.key: ("", "") for each in asked}
    elif whole.stdout and (whole.exit_code == 0 or denied(whole.stderr)):
        texts = {key: (text, why) for key, text, why in json.loads(whole.stdout)}
    else:
        return
    for number, each in enumerate(asked):
        part = replace(whole, size=0 if number else whole.size, commands=0 if number else 1)
        yield each.identity, _part(part, each, *texts[each.command.key])


def _is_alike(whole: Output) -> bool:
    """Tell whether what kept the question from being answered keeps each part of it."""
    return whole.failure not in _APART or (whole.failure is Failure.FORBIDDEN and not whole.stdout)


def _part(whole: Output, asked: Invocation, text: str, why: str) -> Output:
    if _is_alike(whole):
        return whole
    if why:
        return replace(whole, exit_code=0, stdout="", stderr=why, failure=Failure.UNREADABLE)
    own = "".join(f"{line}\n" for line in whole.stderr.splitlines() if _is_about(asked, line))
    if not own:
        return replace(whole, exit_code=0, stdout=text, stderr="", failure=Failure.NONE)
    return replace(whole, stdout=text, stderr=own)


def _is_about(asked: Invocation, line: str) -> bool:
    resources = {f"{each.resource}.{each.group}" if each.group else each.resource for each in asked.command.permissions}
    return bool(resources & set(denied(line)))

"""A recording that exists, made anonymous: each answer is redacted again and written under stand-ins."""

import secrets
from dataclasses import replace
from pathlib import Path

from kubectl_mcdiag.anonymity import Disguise
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output
from kubectl_mcdiag.sources.bundle import Bundle, Recorder
from kubectl_mcdiag.sources.masked import Masked

BY_KEY = {command.key: command for command in COMMANDS}


class Redacting:
    """A source that redacts again what a recording holds; what cannot be read is left out."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return what was recorded as it would be kept today."""
        output = self._bundle.run(invocation, timeout)
        if not output.stdout:
            return output
        try:
            return replace(output, stdout=invocation.command.redact(output.stdout))
        except Exception:  # noqa: BLE001 - what could not be redacted must not leave
            return replace(output, stdout="", failure=Failure.UNREADABLE)


def anonymized(bundle: Bundle, path: Path, masked: "Masked") -> int:
    """Record what a recording holds under stand-ins at a path; return how many answers that are."""
    hide = Disguise(secrets.token_bytes(32))
    taken_at = hide.moment(bundle.taken_at)
    asked = [invocation for identity in sorted(identities(bundle)) if (invocation := _invocation(*identity))]
    with Recorder(masked, path, bundle.contexts, bundle.settings, taken_at, disguise=hide) as recorder:
        for invocation in asked:
            recorder.run(invocation, 0)
        recorder.note_masked(masked.found)
    return len(asked)


def identities(bundle: Bundle) -> set[tuple[str, str, str]]:
    """Return what a recording and those it extends answer."""
    return {*bundle.entries, *(identities(bundle.base) if bundle.base else ())}


def _invocation(key: str, context: str, target: str) -> Invocation | None:
    command = BY_KEY.get(key)
    return Invocation(command, context, target, (), ()) if command else None

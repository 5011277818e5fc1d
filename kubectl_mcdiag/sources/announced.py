"""The source that says which requests it is about to send from somebody's pod."""

from collections.abc import Callable

from kubectl_mcdiag.evidence.model import Invocation, Output, Source


class Announced:
    """Runs what another source runs; `say` hears of each command that sends requests before it is run."""

    def __init__(self, source: Source, say: Callable[[str], None]) -> None:
        self._source = source
        self._say = say

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the other source's output."""
        if invocation.command.sends_requests:
            self._say(f"probe: {invocation}")
        return self._source.run(invocation, timeout)

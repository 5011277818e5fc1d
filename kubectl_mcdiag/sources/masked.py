"""A source behind the last net: what it returns is masked before anybody stores, prints or reads it."""

import threading
from collections import Counter
from dataclasses import replace

from kubectl_mcdiag.evidence.masking import Net, Rule
from kubectl_mcdiag.evidence.model import Invocation, Output, Source


class Masked:
    """Returns what another source returns, masked; `found` counts by rule and command what was.

    Safe to call from many threads. `own` are the operator's patterns.
    """

    def __init__(self, source: Source, own: tuple[Rule, ...] = ()) -> None:
        self._source = source
        self._own = own
        self._lock = threading.Lock()
        self.found: Counter[tuple[str, str]] = Counter()

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the masked output of one invocation."""
        output = self._source.run(invocation, timeout)
        net = Net(self._own)
        caught = replace(output, stdout=net.masked(output.stdout), stderr=net.masked(output.stderr))
        with self._lock:
            for rule, count in net.found.items():
                self.found[rule, invocation.command.key] += count
        return caught

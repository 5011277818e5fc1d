"""The last connections of a client to another cluster did not fail.

Envoy counts failed connections for each endpoint, and keeps those with success open. Where connections have failed,
none is open, and no call is made while the check runs, it is not known whether calls would arrive: a firewall that was
closed an hour ago looks like one that was opened since.

Fix: send requests with `--probe`, or call the service and check again.

Source: Envoy's `cx_connect_fail` and `cx_active` of `/clusters`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, NotJudged, Unit
from kubectl_mcdiag.checks.path.hops import scope
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.traffic.probes import answered
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason
from kubectl_mcdiag.path.trace import Path, paths

SETTLE = "{words}: --probe sends requests that tell whether calls arrive"


def run(view: View, pair: Pair) -> Iterator[NotJudged]:
    """Yield each call of which the last that is known is that it failed."""
    for path in paths(view, pair):
        hop = path.hop(Kind.CONNECTION)
        if hop and hop.reason is Reason.FAILED_BEFORE and not path.broken and not _is_answered(view, path):
            reason = SETTLE.format(words=path.words(hop))
            yield NotJudged(scope(view, path, pair.source), reason, str(hop.seen[0].command))


def _is_answered(view: View, path: Path) -> bool:
    return answered(view, path.call.source, path.call.service, path.call.destination)


CHECK = Check(
    "MC904",
    "the last connections to another cluster did not fail",
    Unit.PAIR,
    run,
    rows=("F13",),
    guide="T1",
    is_of_path=True,
)

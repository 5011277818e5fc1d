"""The last connections of a client to another cluster did not fail.

Envoy counts failed connections for each endpoint, and keeps those with success open. Where connections have failed,
none is open, and no call is made while the check runs, it is not known whether calls would arrive: a firewall that was
closed an hour ago looks like one that was opened since. That they failed is a warning, the calls are unknown.

Fix: send requests with `--probe`, or call the service and check again.

Source: Envoy's `cx_connect_fail` and `cx_active` of `/clusters`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.path.hops import finding, scope
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.probes import answered
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, Kind, Reason
from kubectl_mcdiag.path.trace import Path, paths

SETTLE = "{words}: --probe sends requests that tell whether calls arrive"


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield each call that failed when it was last seen, and a warning for each gateway, or one for all pods."""
    found = tuple(_failed(view, pair))
    apart = bool(found) and crosses_networks(view, pair.source, pair.destination)
    for path, hop in {apart and hop.values["address"]: (path, hop) for path, hop in reversed(found)}.values():
        yield finding(view, path, hop, where=pair.destination, status=Status.WARN)
    for path, hop in found:
        reason = SETTLE.format(words=path.words(hop))
        yield NotJudged(scope(view, path, pair.source), reason, str(hop.seen[0].command))


def _failed(view: View, pair: Pair) -> Iterator[tuple[Path, Hop]]:
    for path in paths(view, pair):
        hop = path.hop(Kind.CONNECTION)
        if hop and hop.reason is Reason.FAILED_BEFORE and not path.broken and not _is_answered(view, path):
            yield path, hop


def _is_answered(view: View, path: Path) -> bool:
    return answered(view, path.call.source, path.call.service, path.call.destination)


CHECK = Check(
    "MC904",
    "the last connections to another cluster did not fail",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_CONNECTION,
    rows=("F13",),
    guide="T1",
    is_of_path=True,
)

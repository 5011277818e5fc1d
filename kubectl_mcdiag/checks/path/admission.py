"""The server's proxy admits the requests of clients in other clusters.

The last to decide is the inbound listener of the server's own Envoy: RBAC made of AuthorizationPolicies, tokens,
faults, and filters that an EnvoyFilter adds. Each cluster's istiod makes it of its own objects, so that a client is
admitted here and refused there. What depends on the request (its path, a token) is a failure once the server has
refused requests and admitted none, and a warning before, where the client's own cluster does not ask the same.

Fix: correct the object that is named, or apply it in the other clusters as well if it is meant.

Source: Envoy's `virtualInbound` listener; its counters `rbac.allowed` and `rbac.denied`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen, without_filter
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, State
from kubectl_mcdiag.path.trace import paths


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service whose servers refuse calls, a warning where they may."""
    for path in paths(view, pair):
        hop = path.hop(Kind.ADMISSION)
        if hop and hop.state is State.NOT_SEEN and hop.reason.value:
            yield finding(view, path, hop, where=pair.destination, status=Status.WARN)
    for path, hop in broken(view, pair, Kind.ADMISSION):
        fix = without_filter(view, pair.destination, hop)
        yield finding(view, path, hop, where=pair.destination, fix=fix)
    yield from unseen(view, pair, Kind.ADMISSION)


CHECK = Check(
    "MC907",
    "the server's proxy admits the requests of clients in other clusters",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_ADMITTED,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D16",),
    is_of_path=True,
)

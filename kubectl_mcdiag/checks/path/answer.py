"""Requests that reach another cluster are answered without errors.

Envoy counts answers with a server error for each endpoint. Where all of one cluster's are errors, and endpoints
elsewhere answer, the fault lies in that cluster; a service that fails everywhere has a fault of its own.

Fix: look at the logs of the server's sidecar: 503 is Envoy's own, with a reason; any other is the service's.

Source: Envoy's `rq_error` and `rq_success` of `/clusters`. Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service that is answered with errors from one cluster alone."""
    for path, hop in broken(view, pair, Kind.ANSWER):
        if hop.reason is not Reason.NO_ANSWER:  # MC630 names it
            yield finding(view, path, hop, where=pair.destination)
    yield from unseen(view, pair, Kind.ANSWER)


CHECK = Check(
    "MC908",
    "requests that reach another cluster are answered without errors",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_ANSWER,
    guide="T0",
    is_of_path=True,
)

"""Requests that reach another cluster are answered without errors.

Envoy counts answers with a server error for each endpoint. Where all of one cluster's are errors, and endpoints
elsewhere answer, the fault lies in that cluster; a service that fails everywhere has a fault of its own. A sidecar
that has never been able to connect to its own application fails every call: the application listens on another port,
or on 127.0.0.1 alone.

Fix: look at the logs of the server's sidecar: 503 is Envoy's own, with a reason; any other is the service's.

Source: Envoy's `rq_error` and `rq_success` of `/clusters`. Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.message import Message
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, Kind, Reason
from kubectl_mcdiag.path.trace import Path

UNSERVED = Message(
    "Let the application listen on this port at the pod's address (0.0.0.0), or correct targetPort of the Service."
)


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service that one cluster alone answers with errors, or whose sidecar has no server."""
    for path, hop in broken(view, pair, Kind.ANSWER):
        if hop.reason is Reason.NOT_SERVED:
            yield _unserved(view, path, hop)
        elif hop.reason is not Reason.NO_ANSWER:  # MC630 names it
            yield finding(view, path, hop, where=pair.destination)
    yield from unseen(view, pair, Kind.ANSWER)


def _unserved(view: View, path: Path, hop: Hop) -> Finding:
    context, name = path.call.destination, hop.values["server"]
    made_by = next(maker(context, pod) for pod in pods(view, context) if pod.full_name == name)
    named = replace(hop, values={**hop.values, "workload": f"{made_by.kind}/{made_by.name}"})
    found = finding(view, path, named, where=context, advice=UNSERVED)
    return replace(found, scope=replace(found.scope, workload=name))


CHECK = Check(
    "MC908",
    "requests that reach another cluster are answered without errors",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_ANSWER,
    guide="T0",
    is_of_path=True,
)

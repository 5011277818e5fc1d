"""The client's proxy knows the host and port of every service that is shared.

A sidecar calls by name what istiod has sent it: a host and port without a cluster in its Envoy is passed on unchanged,
or refused. A Sidecar, `exportTo`, or a Service of another kind in the client's cluster can be why.

Fix: if no root cause is named, compare `istioctl proxy-config clusters` of a client that knows the host.

Source: Istio, "Debugging Envoy and istiod". Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service that a sampled client's proxy has no cluster for."""
    for path, hop in broken(view, pair, Kind.NAME):
        yield finding(view, path, hop)
    yield from unseen(view, pair, Kind.NAME)


CHECK = Check(
    "MC901",
    "the client's proxy knows the host and port of every shared service",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_GIVEN,
    guide="T4",
    is_of_path=True,
)

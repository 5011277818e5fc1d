"""Every cluster that calls are routed to has an endpoint, and one that leads to the other cluster.

A route ends in a cluster of the client's Envoy, the whole service or a subset of it. A subset whose labels no pod
carries has no endpoint, and all calls that are routed to it fail. A ServiceEntry with the host of the service puts its
own endpoints there.

Fix: if no root cause is named, compare the labels of the subset in the DestinationRule with those of the pods.

Source: Istio, "Destination rule". Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import ServiceEntry
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason
from kubectl_mcdiag.path.touched import service_entries
from kubectl_mcdiag.path.trace import Path

TAKEN = (
    "{entries:ServiceEntry|ServiceEntries} {entries} {entries:takes|take} the host of {service}. Take the host out, or"
    " give the endpoints of the other cluster there as well, at its gateway and labelled"
    " security.istio.io/tlsMode: istio."
)
ELSEWHERE = (Reason.POD_ADDRESS, Reason.EJECTED)
"""Reasons that have a rule of their own: MC505 and MC603."""


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each cluster that calls go to and that has no endpoint for them."""
    for path, hop in broken(view, pair, Kind.ENDPOINTS):
        if hop.reason not in ELSEWHERE:
            yield finding(view, path, hop, advice=_advice(view, path))
    yield from unseen(view, pair, Kind.ENDPOINTS)


def _advice(view: View, path: Path) -> Message:
    """Name the ServiceEntries that take the host, which is what to look at where there is one."""
    taken = tuple(f"{entry.full_name} in {plane}" for plane, entry in _entries(view, path))
    return say(TAKEN, entries=taken, service=path.call.service) if taken else NOTHING


def _entries(view: View, path: Path) -> tuple[tuple[str, ServiceEntry], ...]:
    return service_entries(view, path.call.source, path.call.service)


CHECK = Check(
    "MC903",
    "every cluster that calls are routed to has an endpoint there",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_GIVEN,
    leads_to=(Symptom.NO_ANSWER,),
    guide="T4",
    is_of_path=True,
)

"""No distribution by locality leaves the other cluster without calls.

`distribute` in a locality setting gives each place its share of calls, and a place that is not listed gets none:
istiod takes its endpoints out. That is the intended effect, and looks like lost endpoints. Where no endpoint is ready
in the places that have a share, all calls fail.

Fix: give the other cluster's region a weight, if calls are to go there; failover does so by itself.

Source: Istio 1.31 `pilot/pkg/networking/core/loadbalancer`; Istio, "Locality weighted distribution".
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import Locality
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import ready, subjects
from kubectl_mcdiag.mesh.traffic.locality import given_places, nodes, place_of, weights_without
from kubectl_mcdiag.mesh.view import View, known

DISTRIBUTE = "jsonpath={.items[*].spec.trafficPolicy.loadBalancer.localityLbSetting.distribute}"
FAILOVER = (
    "Give {others} a weight in {where}, or use failover in place of distribute: it calls the other region when no"
    " endpoint near is left."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose weights leave the destination out, a failure where nobody else answers."""
    for service in subjects(view, pair.source, pair.destination):
        found = weights_without(view, pair.source, service, pair.destination)
        if found:
            yield _finding(view, pair, service, *found)


def _finding(view: View, pair: Pair, service: str, where: str, plane: str, setting: Locality) -> Finding:
    others = tuple(sorted({place_of(node) for node in nodes(view, pair.destination)}))
    answered = _is_answered(view, pair, service)
    return Finding(
        Status.NOTE if answered else Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "{where} in {plane} sends no calls from {source} to {service} in {destination}",
            where=where,
            plane=plane,
            source=pair.source,
            service=service,
            destination=pair.destination,
        ),
        (_shown(view, plane, setting),),
        detail=say(
            "All calls go to {given}, and {destination} is in {others}.",
            given=given_places(setting),
            destination=pair.destination,
            others=others,
        ),
        advice=NOTHING if answered else say(FAILOVER, others=others, where=where),
    )


def _is_answered(view: View, pair: Pair, service: str) -> bool:
    """Return whether any cluster with a share of the calls has a ready endpoint, or the one left out has none."""
    having = known(view, lambda context: bool(ready(view, context, service)))
    left_out = [c for c in having if c != pair.source and weights_without(view, pair.source, service, c)]
    return not having.get(pair.destination) or any(is_ready for c, is_ready in having.items() if c not in left_out)


def _shown(view: View, plane: str, setting: Locality) -> Evidence:
    rows = [{"from": one.source, "to": one.weights} for one in setting.distributions]
    line = json.dumps(rows, separators=(",", ":"))
    return listed_shown(view, plane, "", ("destinationrules.networking.istio.io", "-o", DISTRIBUTE), line)


CHECK = Check(
    "MC615",
    "no distribution by locality leaves the other cluster without calls",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_ANSWER),
    rows=("L2",),
    guide="T2",
    keeps_local=True,
)

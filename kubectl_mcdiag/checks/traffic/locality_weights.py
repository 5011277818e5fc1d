"""No distribution by locality leaves the other cluster without calls.

`distribute` in a locality setting gives each place its share of calls, and a place that is not listed gets none:
istiod takes its endpoints out. That is what somebody asked for, and it looks like endpoints that were lost.

Nothing to mend: give the other cluster's region a weight, if calls are to go there.

Source: Istio 1.31 `pilot/pkg/networking/core/loadbalancer`; Istio, "Locality weighted distribution". Catalogue L2.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.traffic.locality import nodes, place_of, weights_without
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: the distribution in {where} in {plane} gives calls from {places} to {given} alone; {destination} is in"
    " {others}."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose weights leave the destination out."""
    for service in subjects(view, pair.source, pair.destination):
        found = weights_without(view, pair.source, service, pair.destination)
        if found:
            where, plane, setting = found
            given = [place for one in setting.distributions for place, weight in one.weights.items() if weight]
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                PROBLEM.format(
                    service=service,
                    where=where,
                    plane=plane,
                    places=", ".join(one.source for one in setting.distributions),
                    given=", ".join(dict.fromkeys(given)),
                    destination=pair.destination,
                    others=", ".join(sorted({place_of(node) for node in nodes(view, pair.destination)})),
                ),
                (
                    shows(
                        plane,
                        kubectl(view, plane, "get", "destinationrules.networking.istio.io", "-A", "-o", "yaml"),
                        *(f"distribute: from {one.source} to {one.weights}" for one in setting.distributions),
                    ),
                ),
            )


CHECK = Check(
    "MC615",
    "no distribution by locality leaves the other cluster without calls",
    Unit.PAIR,
    run,
    rows=("L2",),
    guide="T2",
)

"""Services are not kept inside their cluster by the mesh configuration.

`serviceSettings` with `clusterLocal: true` makes a service answer only inside its own cluster, for the hosts named.
istiod then drops the endpoints of all other clusters, as configured. Where the client's cluster has no ready endpoint
of its own, all calls fail.

Fix: take the host out of `serviceSettings`, if calls are to cross.

Source: Istio, "Configure cluster-local services".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.services.proof import mesh_config_shown
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_cluster_local, is_stranded, subjects
from kubectl_mcdiag.mesh.view import View

STRANDED = "{source} has no ready endpoint of it, so that all calls there fail; {destination} has one."
OPEN = "Add {service} to serviceSettings with clusterLocal: false (the longest host wins), or take its host out."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service that is cluster-local for the source, a failure if nobody answers there."""
    for service in subjects(view, pair.source, pair.destination):
        if is_cluster_local(view, pair.source, service):
            yield _finding(view, pair, service)


def _finding(view: View, pair: Pair, service: str) -> Finding:
    plane = control_planes(view, pair.source)[0]
    fails = is_stranded(view, pair.source, service, pair.destination)
    return Finding(
        Status.FAIL if fails else Status.NOTE,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "{service} {service:is|are} kept inside each cluster by the mesh configuration of {plane}",
            service=service,
            plane=plane,
        ),
        (mesh_config_shown(view, plane, "serviceSettings:", "clusterLocal: true"),),
        detail=say(STRANDED, source=pair.source, destination=pair.destination) if fails else NOTHING,
        advice=say(OPEN, service=host_of(view, pair.source, service)) if fails else NOTHING,
    )


CHECK = Check(
    "MC612",
    "services are not kept inside their cluster by the mesh configuration",
    Unit.PAIR,
    run,
    rows=("L5",),
    guide="T2",
    keeps_local=True,
)

"""Services are not kept inside their cluster by the mesh configuration.

`serviceSettings` with `clusterLocal: true` makes a service answer only inside its own cluster, for the hosts named.
istiod then drops the endpoints of all other clusters, as somebody asked it to.

Nothing to fix: take the host out of `serviceSettings`, if calls are to cross.

Source: Istio, "Configure cluster-local services". Catalogue L5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import mesh_config_shown
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_cluster_local, subjects
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service that is cluster-local for the source."""
    for service in subjects(view, pair.source, pair.destination):
        if is_cluster_local(view, pair.source, service):
            plane = control_planes(view, pair.source)[0]
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                say(
                    "{service} is kept inside each cluster by the mesh configuration of {plane}",
                    service=service,
                    plane=plane,
                ),
                (mesh_config_shown(view, plane, "serviceSettings:", "clusterLocal: true"),),
            )


CHECK = Check(
    "MC612",
    "services are not kept inside their cluster by the mesh configuration",
    Unit.PAIR,
    run,
    rows=("L5",),
    guide="T2",
)

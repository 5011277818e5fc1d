"""Services named are not cluster-local by default.

istiod keeps the services of `kube-system`, the API server and itself inside their cluster without being asked:
`*.kube-system.svc.cluster.local`, `kubernetes.default.svc.cluster.local`, `istiod.istio-system.svc.cluster.local`.
Reported only where you name such a service.

Nothing to fix: `serviceSettings` with `clusterLocal: false` for the host lets calls cross.

Source: Istio 1.31 `pilot/pkg/model/cluster_local.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import mesh_config_shown
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import is_local_by_nature, named
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service named that never leaves its cluster."""
    for service in sorted(named(view, pair.source) & named(view, pair.destination)):
        if is_local_by_nature(view, pair.source, service):
            plane = control_planes(view, pair.source)[0]
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                say("Istio keeps {service} inside its cluster by default", service=service),
                (mesh_config_shown(view, plane, f"(no clusterLocal: false for {service})"),),
                detail=say("It is one of those that never leave it unless the mesh configuration says so."),
            )


CHECK = Check(
    "MC614",
    "services named are not cluster-local by default",
    Unit.PAIR,
    run,
    rows=("L6",),
    guide="T2",
    keeps_local=True,
)

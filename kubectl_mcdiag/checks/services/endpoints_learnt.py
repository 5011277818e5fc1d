"""Every istiod pod has learnt the endpoints that the other cluster holds.

The second of three layers: what Kubernetes holds in the other cluster must stand in `/debug/endpointShardz` of each
istiod that serves the client, and of each that serves the gateway on the way. Where it does not, istiod does not read
that cluster, or reads it and is denied, or keeps a stale picture. Usually another check says why, and this one is its
consequence.

To mend it: if nothing else is named, restart that istiod pod.

Source: Guide T4a; Istio 1.31 `/debug/endpointShardz`. Catalogue §1.3 step 2, B18, B19.
"""

from collections.abc import Iterator
from itertools import chain

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, restart_istiod
from kubectl_mcdiag.evidence.commands import (
    ENDPOINT_SHARDS,
)
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, unlearnt
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pod} in {plane} has learnt no endpoint of {service} in {context}."
WHY = "makes istiod read every cluster anew"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod pod and service whose endpoints in the destination it does not know."""
    own = (plane for plane in control_planes(view, pair.source) if plane == pair.destination)
    for plane in chain(own, readers(view, pair.source, pair.destination)):
        for pod, service in unlearnt(view, plane, pair.source, pair.destination):
            yield _finding(view, plane, pod, pair, service)


def _finding(view: View, plane: str, pod: Pod, pair: Pair, service: str) -> Finding:
    count = len(in_mesh(view, pair.destination, service))
    name, _, namespace = service.partition(".")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service, istiod=pod.name),
        PROBLEM.format(pod=pod.name, plane=plane, context=pair.destination, service=service),
        (
            asked(
                view,
                ENDPOINT_SHARDS,
                plane,
                pod.full_name,
                f"{name}.{namespace}.svc.cluster.local: no endpoints of {pair.destination}, which has {count}",
            ),
        ),
        restart_istiod(view, plane, WHY),
    )


CHECK = Check(
    "MC503",
    "every istiod pod has learnt the endpoints of every cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_LEARNT,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("B18",),
    guide="T4a",
)

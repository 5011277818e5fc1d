"""Every istiod pod has learned the endpoints that the other cluster holds.

The second of three layers: what Kubernetes holds in the other cluster must be in `/debug/endpointShardz` of each
istiod that serves the client, and of each that serves the gateway in between. Where it does not, istiod does not read
that cluster, or reads it and is denied, or keeps a stale picture. Usually another check says why, and this one is its
consequence.

Fix: follow the root cause; if nothing else is named, restart that istiod pod.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `/debug/endpointShardz`.
"""

from collections.abc import Iterator
from itertools import chain

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import kubectl, look
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.services.endpoints import unlearned
from kubectl_mcdiag.mesh.view import View

LOOK = "Restart {pod} in {plane} at a quiet time: istiod reads every cluster again when it starts."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod pod and service whose endpoints in the destination it does not know."""
    own = (plane for plane in control_planes(view, pair.source) if plane == pair.destination)
    for plane in chain(own, readers(view, pair.source, pair.destination)):
        for pod, service in unlearned(view, plane, pair.source, pair.destination):
            yield _finding(view, plane, pod, pair, service)


def _finding(view: View, plane: str, pod: Pod, pair: Pair, service: str) -> Finding:
    line = f'(no endpoint of "{service}" from {pair.destination})'
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service, istiod=pod.name),
        say(
            "{pod} in {plane} has learned no endpoint of {service} in {context}",
            pod=pod.name,
            plane=plane,
            context=pair.destination,
            service=service,
        ),
        (asked(view, ENDPOINT_SHARDS, plane, pod.full_name, line),),
        (look(plane, _log(view, plane, pod), say("shows what istiod says of that cluster")),),
        detail=say("Pods of {service} are ready there.", service=service),
        advice=say(LOOK, pod=pod.name, plane=plane),
    )


def _log(view: View, plane: str, pod: Pod) -> Shell:
    return kubectl(view, plane, "-n", pod.namespace, "logs", pod.name, "-c", "discovery", "--tail=200")


CHECK = Check(
    "MC503",
    "every istiod pod has learned the endpoints of every cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_LEARNED,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("B18",),
    guide="T4a",
)

"""A Sidecar resource does not hide services of their own namespace from clients.

A Sidecar names the hosts that proxies see. A client that calls a service left out of it is not refused: its call
passes through to the ClusterIP, which has only local pods, so that the other cluster seems to be missing. Services of
other namespaces are judged only if you name them: leaving them out is what Sidecars are for. It is a warning where the
other cluster's clients of that namespace see what these do not, and where calls that pass through the proxy find no
pod near the caller.

Fix: add the service to the egress hosts.

Source: Istio, "Sidecar"; `istioctl proxy-config cluster` shows no row for the host.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Sidecar
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.visibility import is_hidden_by_sidecar, is_missed, may_call, sidecar_of
from kubectl_mcdiag.mesh.view import View


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service that a Sidecar hides from a client that is to call it, or may."""
    for service in crossing(view, pair.source, pair.destination):
        found = sidecar_of(view, pair.source, client)
        hidden = is_hidden_by_sidecar(view, pair.source, client, service)
        if found and hidden and may_call(view, pair.source, client, service):
            yield _finding(view, pair, service, client, *found)
        elif found and hidden and is_missed(view, pair.source, client, service, pair.destination):
            yield replace(_finding(view, pair, service, client, *found), status=Status.WARN)


def _finding(view: View, pair: Pair, service: str, client: Pod, plane: str, sidecar: Sidecar) -> Finding:
    hosts = sidecar.egress_hosts or ()
    _, _, namespace = service.partition(".")
    target = Object(plane, "sidecar", sidecar.name, sidecar.namespace)
    place = pointer("spec", "egress", 0, "hosts")
    wider = replaced(place, list(hosts), [*hosts, f"{namespace}/{host_of(view, plane, service)}"])
    shown = json.dumps(list(hosts), separators=(",", ":"))
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service, workload=client.full_name),
        say(
            "Sidecar {sidecar} in {plane} hides {service} from clients in {namespace}",
            service=service,
            sidecar=f"{sidecar.name}.{sidecar.namespace}",
            plane=plane,
            namespace=client.namespace,
        ),
        (object_shown(view, target, shown, output=("-o", "jsonpath={.spec.egress[*].hosts}")),),
        (patch(view, Action.MOVE_TRAFFIC, target, wider, say("makes the service visible to these clients")),),
        detail=say(
            "Its egress hosts are {hosts}. Calls to what is left out reach only local pods.", hosts=hosts or "none"
        ),
    )


CHECK = Check(
    "MC516",
    "a Sidecar resource does not hide services of their own namespace from clients",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("D12",),
    guide="T4",
)

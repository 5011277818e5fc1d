"""A Sidecar resource does not hide services of their own namespace from clients.

A Sidecar names the hosts that proxies are told of. A client that calls a service left out of it is not refused: its
call passes through to the ClusterIP, which has local pods alone, so that the other cluster seems to be missing.
Services of other namespaces are judged only if you name them: leaving them out is what Sidecars are for.

To mend it: add the service's namespace to the egress hosts.

Source: Istio, "Sidecar"; `istioctl proxy-config cluster` shows no row for the host. Catalogue D12.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Sidecar
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.visibility import is_hidden_by_sidecar, may_call, sidecar_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: not among the hosts that Sidecar {sidecar} in {plane} lets clients in {namespace} see ({hosts}): their"
    " calls reach only local pods."
)
WHY = "lets these clients see the services of that namespace"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that a Sidecar hides from a sampled client that is to call it."""
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            found = sidecar_of(view, pair.source, client)
            hidden = is_hidden_by_sidecar(view, pair.source, client, service)
            if found and hidden and may_call(view, pair.source, client, service):
                yield _finding(view, pair, service, client, *found)


def _finding(view: View, pair: Pair, service: str, client: Pod, plane: str, sidecar: Sidecar) -> Finding:
    hosts = sidecar.egress_hosts or ()
    shown = kubectl(view, plane, "-n", sidecar.namespace, "get", "sidecar", sidecar.name, "-o", "yaml")
    wider = [{"op": "add", "path": "/spec/egress/0/hosts/-", "value": f"{service.partition('.')[2]}/*"}]
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service, workload=client.full_name),
        PROBLEM.format(
            service=service,
            sidecar=f"{sidecar.name}.{sidecar.namespace}",
            plane=plane,
            namespace=client.namespace,
            hosts=", ".join(hosts) or "none",
        ),
        (shows(plane, shown, "egress:", f"- hosts: {list(hosts)}"),),
        (json_patch(view, plane, sidecar.namespace, "sidecar", sidecar.name, wider, WHY),),
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

"""A remote cluster has a Service for istiod, and it leads to the istiod that serves the cluster.

Proxies and the injection webhook of a remote cluster call a Service `istiod` of their own cluster. It has no selector:
an EndpointSlice (or an ExternalName) that the remote profile writes holds `global.remotePilotAddress`. Where Service
or slice is missing, no pod can be created in an injected namespace and no proxy gets configuration any more; those
that run go on with what they have until endpoints or certificates change.

To mend it: write them anew with the address at which the primary exposes istiod.

Source: istio/istio#58445; Istio 1.31 chart istiod, `remote-istiod-endpointslices.yaml`. Catalogue G1.
"""

from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import apply, shows, system
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.networks.gateways import addresses
from kubectl_mcdiag.mesh.remote_clusters.remotes import WEBHOOK, XDS, behind, door, doors, entrances, outgoing, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} has no istiod of its own and {what}, so its proxies and its webhook do not get at {plane}'s istiod."
)
NO_SERVICE = "no Service {name} in {namespace}"
NO_ADDRESS = "no address behind its Service {name}"
OTHER = "its Service {name} leads to {found}, where {plane} does not expose istiod ({known})"
WHY = "leads to the address at which {plane} exposes istiod"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each Service for istiod that is missing, leads nowhere, or leads elsewhere."""
    plane = plane_of(view, context)
    known = [address for service in entrances(view, plane) for address in addresses(service)]
    for name in doors(view, context):
        found = behind(view, context, name)
        if not door(view, context, name) or not found or (known and not set(known) & set(found)):
            yield _finding(view, context, plane, name, known)


def _finding(view: View, context: str, plane: str, name: str, known: list[str]) -> Finding:
    namespace, found = view.settings.istio_namespace, behind(view, context, name)
    words = OTHER if found else NO_ADDRESS
    what = (words if door(view, context, name) else NO_SERVICE).format(
        name=name, namespace=namespace, found=", ".join(found), plane=plane, known=", ".join(known)
    )
    selector = f"kubernetes.io/service-name={name}"
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        PROBLEM.format(context=context, what=what, plane=plane),
        (
            shows(
                context, system(view, context, "get", "service", name), "" if door(view, context, name) else "NotFound"
            ),
            shows(
                context,
                system(view, context, "get", "endpointslices", "-l", selector),
                ", ".join(found) or "No resources found",
            ),
        ),
        tuple(
            Step(Kind.SAFE, apply(view, context, manifest), WHY.format(plane=plane))
            for manifest in _manifests(namespace, name, known)
            if manifest["kind"] != "Service" or not door(view, context, name)
        ),
    )


def _manifests(namespace: str, name: str, known: list[str]) -> Iterator[dict[str, Any]]:
    meta = {"name": name, "namespace": namespace}
    ports = [{"name": "tcp-istiod", "port": XDS}, {"name": "tcp-webhook", "port": 443, "targetPort": WEBHOOK}]
    yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": ports}}
    if known:
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**meta, "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv6" if ":" in known[0] else "IPv4",
            "endpoints": [{"addresses": known[:1]}],
            "ports": [
                {"name": "tcp-istiod", "port": XDS, "protocol": "TCP"},
                {"name": "tcp-webhook", "port": WEBHOOK, "protocol": "TCP"},
            ],
        }


CHECK = Check(
    "MC701",
    "a remote cluster's Service for istiod leads to its primary",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("G1",),
)

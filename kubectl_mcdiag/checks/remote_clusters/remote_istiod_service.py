"""A remote cluster has a Service for istiod, and it leads to the istiod that serves the cluster.

Proxies and the injection webhook of a remote cluster call a Service `istiod` of their own cluster. It has no selector:
an EndpointSlice (or an ExternalName) that the remote profile writes holds `global.remotePilotAddress`. Where Service
or slice is missing, no pod can be created in an injected namespace and no proxy gets configuration any more; those
that run go on with what they have until endpoints or certificates change. A host name is right where proxies connect
by it: only the cluster's own DNS knows its address.

Fix: create what is missing, with the address at which the primary exposes istiod, or correct that address.

Source: istio/istio#58445; Istio 1.31 chart istiod, `remote-istiod-endpointslices.yaml`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import listed_shown, object_shown
from kubectl_mcdiag.checks.remote_clusters.fixes import create_istiod_service, lead_to
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.networks.gateways import addresses
from kubectl_mcdiag.mesh.remote_clusters.remotes import (
    behind,
    entrances,
    is_address,
    is_reached_by_name,
    istiod_service,
    istiod_services,
    outgoing,
)
from kubectl_mcdiag.mesh.view import View

UNTIL = (
    "Calls still work: the proxies keep what they were given. No pod of the mesh can be created there, changes do not"
    " reach the proxies, and certificates run out within 24 hours."
)
NO_SERVICE = "{context} has no Service {name}, which would lead to {plane}'s istiod"
NO_ADDRESS = "Service {name} of {context} has no address of {plane}'s istiod"
OTHER = "Service {name} of {context} does not point to {plane}'s istiod"
LEADS = "It points to {found}, and {plane} exposes istiod at {known}. "
EFFECT = "Proxies and the injection webhook of {context} cannot connect to istiod, and no pod is injected."
ADVICE = (
    "Expose ports 15012 and 15017 of {plane}'s istiod at an address that {context} can connect to, and set"
    " global.remotePilotAddress of {context}'s installation to it. `istioctl proxy-status` in {plane} then lists the"
    " proxies of {context}."
)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each Service for istiod that is missing, leads nowhere, or leads elsewhere."""
    plane = control_planes(view, context)[0]
    known = tuple(address for service in entrances(view, plane) for address in addresses(service))
    for name in istiod_services(view, context):
        found = behind(view, context, name)
        leads = bool(found) and (not known or set(known) & set(found) or is_reached_by_name(view, context, name))
        if not istiod_service(view, context, name) or not leads:
            yield _finding(view, context, plane, name, known)


def _finding(view: View, context: str, plane: str, name: str, known: tuple[str, ...]) -> Finding:
    found = behind(view, context, name)
    words = NO_SERVICE if istiod_service(view, context, name) is None else OTHER if found else NO_ADDRESS
    address = next(filter(is_address, known), "")
    make = lead_to if found else create_istiod_service
    fix = make(view, context, plane, name, address) if address else ()
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        say(words, name=name, context=context, plane=plane),
        _shown(view, context, name),
        fix,
        _detail(context, plane, found, known),
        NOTHING if fix else say(ADVICE, context=context, plane=plane),
    )


def _detail(context: str, plane: str, found: tuple[str, ...], known: tuple[str, ...]) -> Message:
    if found and known:
        return say(LEADS + EFFECT, found=found, plane=plane, known=known, context=context)
    return say(EFFECT, context=context)


def _shown(view: View, context: str, name: str) -> tuple[Evidence, ...]:
    space, service = view.settings.istio_namespace, istiod_service(view, context, name)
    target = Object(context, "service", name, space)
    line = f"{name}  {service.type}  {service.external_name}".rstrip() if service else f'services "{name}" not found'
    first = object_shown(view, target, line, output=())
    if service is None or service.external_name:
        return (first,)
    chosen = ("endpointslices", "-l", f"kubernetes.io/service-name={name}")
    held = ",".join(behind(view, context, name)) or "No resources found"
    return first, listed_shown(view, context, space, chosen, held)


CHECK = Check(
    "MC701",
    "a remote cluster's Service for istiod leads to its primary",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    leads_to=(Symptom.NOT_GIVEN,),
    holds_up=True,
    until=UNTIL,
    rows=("G1",),
)

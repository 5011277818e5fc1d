"""A service that is called across clusters is global in every one of them.

In ambient multi-network a service answers outside its own cluster only where its scope is GLOBAL: by default where
the Service carries `istio.io/global=true`, and the mesh configuration has a `serviceScopeConfigs` entry that says so.
The label is needed in the cluster of the client and in that of the server.

Fix: label the Service in the cluster that lacks it, or add the entry that Istio's ambient profile ships.

Source: Istio 1.31, mesh configuration `serviceScopeConfigs`; profile ambient.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import is_labelled, make_global, service_object
from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes, mesh_map, services
from kubectl_mcdiag.mesh.ambient.enrolment import GLOBAL, is_global, shared
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.view import View

ONE_SIDED = "{service} {service:is|are} global in {labelled} and not in {bare}"
LABEL = "The label istio.io/global=true is needed in the clusters of client and server; {bare} lacks it."
NO_ENTRY = "The mesh configuration of {plane} does not make {services} global"
UNSELECTED = (
    "It has no serviceScopeConfigs entry of scope GLOBAL for the label istio.io/global=true, so labelled services stay"
    " inside each cluster."
)
ADVICE = (
    "Add to `meshConfig.serviceScopeConfigs` in the installation of {plane} (ConfigMap {config_map} holds it) what"
    " Istio's ambient profile has: {entry}. istiod takes it up by itself."
)
ENTRY = (
    "{servicesSelector: {matchExpressions: [{key: istio.io/global, operator: In, values: ['true']}]}, scope: GLOBAL}"
)
WHY = "makes {service} global in {bare}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each shared service that is labelled and still not global for the source."""
    unselected = []
    for service in shared(view, pair.source, pair.destination):
        labelled = [c for c in (pair.source, pair.destination) if is_labelled(view, c, service)]
        if len(labelled) == 1:
            bare = pair.destination if labelled[0] == pair.source else pair.source
            yield _one_sided(view, pair, service, labelled[0], bare)
        elif labelled and not is_global(view, pair.source, pair.destination, service):
            unselected.append(service)
    if unselected:
        yield _no_entry(view, pair, tuple(unselected))


def _one_sided(view: View, pair: Pair, service: str, labelled: str, bare: str) -> Finding:
    return Finding(
        Status.FAIL,
        Scope((bare,), (pair,), service),
        say(ONE_SIDED, service=service, labelled=labelled, bare=bare),
        tuple(_labels(view, context, service) for context in (bare, labelled)),
        (make_global(view, bare, service, say(WHY, service=service, bare=bare)),),
        say(LABEL, bare=bare),
    )


def _labels(view: View, context: str, service: str) -> Evidence:
    held = services(view, context)[service].labels.get(GLOBAL)
    line = f"{GLOBAL}={held}" if held else f"no label {GLOBAL}"
    return object_shown(view, service_object(context, service), line, output=("--show-labels",))


def _no_entry(view: View, pair: Pair, unselected: tuple[str, ...]) -> Finding:
    plane = control_planes(view, pair.source)[0]
    target = Object(plane, "configmap", mesh_map(view, plane).name, view.settings.istio_namespace)
    entries = [f"scope {entry.scope}: {entry.services}" for entry in mesh_of(view, pair.source).service_scopes]
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,)),
        say(NO_ENTRY, services=unselected, plane=plane),
        (object_shown(view, target, *(entries or ["no serviceScopeConfigs"])),),
        detail=say(UNSELECTED),
        advice=say(ADVICE, plane=plane, config_map=target.name, entry=ENTRY),
    )


CHECK = Check(
    "MC803",
    "a service that is called across clusters in ambient mode is global in each of them",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("H2", "H3"),
)

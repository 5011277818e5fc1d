"""A service that is called across clusters is global in every one of them.

In ambient multi-network a service answers outside its own cluster only where its scope is GLOBAL: by default where
the Service carries `istio.io/global=true`, and the mesh configuration has a `serviceScopeConfigs` entry that says so.
The label is needed in the cluster of the client and in that of the server.

To mend it: label the Service in the cluster that lacks it, or add the entry that Istio's ambient profile ships.

Source: Istio 1.31, mesh configuration `serviceScopeConfigs`; profile ambient. Catalogue H2, H3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import make_global
from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.remedies import kubectl, shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import control_planes, services
from kubectl_mcdiag.mesh.ambient.enrolment import GLOBAL, is_global, shared, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.view import View

ONE_SIDED = "{service} is global in {labelled} and not in {bare}, where the label istio.io/global=true is missing."
NO_ENTRY = (
    "{plane}'s mesh configuration has no serviceScopeConfigs entry of scope GLOBAL for what is labelled"
    " istio.io/global=true: {services} stay inside each cluster."
)
ENTRY = "adds serviceScopeConfigs: scope GLOBAL for the label istio.io/global"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each shared service that is labelled and still not global for the source."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    unselected = []
    for service in shared(view, pair.source, pair.destination):
        labelled = [c for c in (pair.source, pair.destination) if _is_labelled(view, c, service)]
        if len(labelled) == 1:
            bare = pair.destination if labelled[0] == pair.source else pair.source
            yield _one_sided(view, pair, service, labelled[0], bare)
        elif labelled and not is_global(view, pair.source, pair.destination, service):
            unselected.append(service)
    if unselected:
        yield _no_entry(view, pair, unselected)


def _is_labelled(view: View, context: str, service: str) -> bool:
    return services(view, context)[service].labels.get(GLOBAL) == "true"


def _one_sided(view: View, pair: Pair, service: str, labelled: str, bare: str) -> Finding:
    return Finding(
        Status.FAIL,
        Scope((bare,), (pair,), service),
        ONE_SIDED.format(service=service, labelled=labelled, bare=bare),
        tuple(_labels(view, context, service) for context in (bare, labelled)),
        (make_global(view, bare, service, say("makes {service} global in {bare}", service=service, bare=bare)),),
    )


def _labels(view: View, context: str, service: str) -> Evidence:
    name, _, namespace = service.partition(".")
    command = kubectl(view, context, "-n", namespace, "get", "service", name, "--show-labels")
    return shows(context, command, f"{GLOBAL}={services(view, context)[service].labels.get(GLOBAL, 'unset')}")


def _no_entry(view: View, pair: Pair, unselected: list[str]) -> Finding:
    plane = control_planes(view, pair.source)[0]
    entries = [f"scope {entry.scope}: {entry.services}" for entry in mesh_of(view, pair.source).service_scopes]
    edit = system(view, plane, "edit", "configmap", "istio")
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,)),
        NO_ENTRY.format(services=", ".join(unselected), plane=plane),
        (shows(plane, system(view, plane, "get", "configmap", "istio", "-o", "yaml"), *(entries or ["no entry"])),),
        (Step(Kind.NEEDS_INPUT, edit, ENTRY),),
    )


CHECK = Check(
    "MC803",
    "a service that is called across clusters in ambient mode is global in each of them",
    Unit.PAIR,
    run,
    rows=("H2", "H3"),
)

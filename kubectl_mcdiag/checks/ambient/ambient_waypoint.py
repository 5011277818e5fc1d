"""A service has the same waypoint in every cluster.

A waypoint enforces the policies of a service for whoever calls it. Where one cluster names a waypoint by the label
`istio.io/use-waypoint` and another does not, calls across clusters skip the policies, or fail at a waypoint that the
caller does not know.

Fix: name the same waypoint in every cluster, deploy it there and label its Service `istio.io/global=true`.

Source: istio/istio#60985.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import service_object
from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Step, label
from kubectl_mcdiag.evidence.commands import GATEWAY_API
from kubectl_mcdiag.mesh.access.identity import namespaces, services
from kubectl_mcdiag.mesh.ambient.enrolment import shared
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, ask

WAYPOINT = "istio.io/use-waypoint"
NONE = "none"
PROBLEM = "{service} {service:does|do} not have the same waypoint in {one} and {other}"
DETAIL = "It is {here} in {one} and {there} in {other}: calls across clusters skip its policies, or fail at it."
DEPLOY = (
    "Deploy waypoint {waypoint} with its policies in namespace {namespace} of {lacking}, then label the Service there"
    " istio.io/use-waypoint={waypoint}. `istioctl waypoint status` shows whether it is ready."
)
CHOOSE = (
    "Decide which waypoint has the policies of {service}, deploy it in both clusters, and label the Service there with"
    " its name."
)
WHY = "calls to {service} in {lacking} go through its waypoint there"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for each shared service whose waypoints differ."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    for service in shared(view, pair.source, pair.destination):
        named = {context: _waypoint(view, context, service) for context in (one, other)}
        if named[one] != named[other]:
            yield _finding(view, pair, service, named)


def _waypoint(view: View, context: str, service: str) -> str:
    found = services(view, context)[service]
    by_namespace = {space.name: space.labels.get(WAYPOINT, "") for space in namespaces(view, context)}
    return found.labels.get(WAYPOINT, by_namespace.get(found.namespace, "")) or NONE


def _finding(view: View, pair: Pair, service: str, named: dict[str, str]) -> Finding:
    (one, here), (other, there) = named.items()
    fix, advice = _fix(view, service, named)
    return Finding(
        Status.WARN,
        Scope((one, other), (pair,), service),
        say(PROBLEM, service=service, one=one, other=other),
        tuple(_shown(view, context, service, value) for context, value in named.items()),
        fix,
        say(DETAIL, here=here, there=there, one=one, other=other),
        advice,
    )


def _shown(view: View, context: str, service: str, value: str) -> Evidence:
    line = f"no label {WAYPOINT}" if value == NONE else f"{WAYPOINT}={value}"
    return object_shown(view, service_object(context, service), line, output=("--show-labels",))


def _fix(view: View, service: str, named: dict[str, str]) -> tuple[tuple[Step, ...], Message]:
    """Name the waypoint where none is named and it is deployed; say what to do where it is not, or two are named."""
    (one, here), (other, there) = named.items()
    if NONE not in (here, there):
        return (), say(CHOOSE, service=service)
    waypoint, lacking = (there, one) if here == NONE else (here, other)
    target = service_object(lacking, service)
    gateways = ask(lambda: view.read(GATEWAY_API, lacking)) or ()
    deployed = {(gateway.name, gateway.namespace) for gateway in gateways}
    if (waypoint, target.namespace) not in deployed:
        return (), say(DEPLOY, waypoint=waypoint, namespace=target.namespace, lacking=lacking)
    old = services(view, lacking)[service].labels.get(WAYPOINT, "")
    why = say(WHY, service=service, lacking=lacking)
    return (label(view, Action.MOVE_TRAFFIC, target, WAYPOINT, waypoint, old, why),), NOTHING


CHECK = Check(
    "MC808",
    "a service has the same waypoint in every cluster",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("H8",),
)

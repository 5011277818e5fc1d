"""Plain requests to a service are routed to clusters that exist, and not answered by the client's own proxy.

The routes that a client's Envoy holds decide where a request goes. A VirtualService can send it to a host or port that
does not exist, answer it by a fault, a redirect or a direct response, or give it no time: all calls of that client
fail then, in every cluster, while all endpoints are healthy. The routes are read for services that some VirtualService,
DestinationRule, ServiceEntry or EnvoyFilter is about, for those named, and where calls have failed.

Fix: correct the VirtualService that is named; a destination is a host of the mesh with a port that it has.

Source: Istio, "Virtual service"; Envoy's `dynamic_route_configs`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, removed, replaced
from kubectl_mcdiag.checks.path.hops import broken, declaring, exported, finding, unseen, without_filter
from kubectl_mcdiag.checks.steps import Action, Object, Step, patch
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.envoy.routing import seconds
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import (
    FAULT,
    REDIRECT,
    RESPONSE,
    HttpRule,
    Route,
    VirtualService,
)
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.policy import destination_rules, names_host
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path import hop as hops
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.hop import Hop, Reason, State
from kubectl_mcdiag.path.stopping import LEAST_TIME
from kubectl_mcdiag.path.trace import Path, paths

WHY = {
    Reason.ROUTE_TO_NOWHERE: Message("sends these requests to the service itself"),
    Reason.ABORTED: Message("forwards these requests instead of answering them"),
    Reason.REDIRECTED: Message("forwards these requests instead of redirecting them"),
    Reason.NO_TIME: Message("gives these requests time"),
}
ADVICE = Message("Correct the VirtualService: a destination is a host of the mesh, with a port that it has.")
OTHER_ADVICE = {
    Reason.STOPPED: Message(
        "Ask the owner of the EnvoyFilter whether it is meant to stop these calls; else delete it."
    ),
    Reason.NO_CONNECT_TIME: Message("Take connectTimeout out where it is set; the default is 10 seconds."),
}


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service to which plain requests do not leave a sampled client, a warning if unsure."""
    for path in paths(view, pair):
        doubtful = path.hop(hops.Kind.ROUTE)
        if doubtful and doubtful.state is State.NOT_SEEN and doubtful.reason.value:
            yield finding(view, path, doubtful, where=_plane(view, path), status=Status.WARN)
    for path, hop in broken(view, pair, hops.Kind.ROUTE):
        fix = tuple(_steps(view, path, hop)) or without_filter(view, path.call.source, hop)
        yield finding(
            view,
            path,
            hop,
            where=_plane(view, path),
            fix=fix,
            advice=NOTHING if fix else OTHER_ADVICE.get(hop.reason, ADVICE),
        )
    yield from unseen(view, pair, hops.Kind.ROUTE)


def _plane(view: View, path: Path) -> str:
    return control_planes(view, path.call.source)[0]


def _steps(view: View, path: Path, hop: Hop) -> Iterator[Step]:
    hidden = _hidden(view, path, hop)
    if hidden:
        yield exported(view, *hidden, path.call.client.rpartition(".")[2])
        return
    yield from _with_time(view, path, hop)
    rule = _rule(view, path, hop)
    operations = tuple(_operations(rule, path.call, hop)) if rule else ()
    if rule and operations:
        target = Object(_plane(view, path), "virtualservices.networking.istio.io", rule.name, rule.namespace)
        yield patch(view, Action.MOVE_TRAFFIC, target, operations, WHY[hop.reason])


def _with_time(view: View, path: Path, hop: Hop) -> Iterator[Step]:
    if hop.reason is not Reason.NO_CONNECT_TIME:
        return
    for plane, rule in destination_rules(view, path.call.source, path.call.service):
        short = [one for one in rule.connect_timeouts if 0 < seconds(one[1]) <= LEAST_TIME]
        target = Object(plane, "destinationrules.networking.istio.io", rule.name, rule.namespace)
        for place, timeout in short:
            operations = replaced(pointer("spec", *place), timeout, None)
            yield patch(view, Action.MOVE_TRAFFIC, target, operations, say("gives connections the usual 10 seconds"))


def _hidden(view: View, path: Path, hop: Hop) -> tuple[str, DestinationRule] | None:
    """Return the DestinationRule that declares the subset that requests go to, and that the client does not see."""
    _, _, subset, host = (*hop.values.get("cluster", "").split("|"), "", "", "")[:4]
    return declaring(view, path.call.source, ".".join(host.split(".")[:2]), subset) if subset else None


def _rule(view: View, path: Path, hop: Hop) -> VirtualService | None:
    """Return the VirtualService that the route was made from."""
    kind, _, full_name = hop.values.get("resource", "").partition(" ")
    found = view.read(ISTIO_CONFIG, _plane(view, path), kind="virtualservices").virtual_services
    return next((one for one in found if kind == "virtual-service" and one.full_name == full_name), None)


def _operations(rule: VirtualService, call: Call, hop: Hop) -> Iterator[Operation]:
    whole = {"host": call.service.partition(".")[0]}
    for route in rule.routes:
        if hop.reason is Reason.ROUTE_TO_NOWHERE and _leads_to(route, rule.namespace, hop.values["cluster"]):
            yield from replaced(route.path, route.destination, whole)
    for one in rule.rules:
        if hop.reason is Reason.NO_TIME and one.timeout:
            yield from replaced(f"{one.path}/timeout", one.timeout, None)
        elif hop.reason is Reason.ABORTED and one.has_abort and str(one.status) == hop.values["status"]:
            yield from removed(f"{one.path}/{FAULT}", one.answers[FAULT])
        elif answer := _answer(one, hop):
            yield from removed(f"{one.path}/{answer}", one.answers[answer])
            yield put(f"{one.path}/route", [{"destination": whole}])


def _leads_to(route: Route, namespace: str, cluster: str) -> bool:
    _, _, subset, host = cluster.split("|")
    return route.subset == subset and names_host(route.host, namespace, host)


def _answer(one: HttpRule, hop: Hop) -> str:
    """Return by what a rule answers instead of forwarding, empty where it is not the one that does."""
    if REDIRECT in one.answers and hop.reason is Reason.REDIRECTED:
        return REDIRECT
    is_response = RESPONSE in one.answers and hop.reason is Reason.ABORTED and str(one.status) == hop.values["status"]
    return RESPONSE if is_response else ""


CHECK = Check(
    "MC902",
    "plain requests are routed to clusters that exist, and not answered by the client's own proxy",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_ROUTE,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D15",),
    is_of_path=True,
)

"""Clients call other networks with the SNI that the gateway expects.

An east-west gateway forwards by SNI, and istiod gives clients the right one. A DestinationRule with `tls.sni`, for all
calls, one port or one subset, puts another in its place, which no filter chain of the gateway has: the connection is
reset, while local calls work. An SNI of a subset or port that is not called breaks nothing until it is called.

Fix: take `sni` out of the DestinationRule.

Source: Istio 1.31 `pilot/pkg/networking/core/cluster_tls.go`; istio/istio#37134.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule, ServerName
from kubectl_mcdiag.mesh.access.identity import clients, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing, with_subsets
from kubectl_mcdiag.mesh.services.policy import destination_rules
from kubectl_mcdiag.mesh.view import View

PROBLEM = "DestinationRule {rule} in {plane} sets an SNI that the gateway of {destination} does not know"
DETAIL = "Calls to {service}{part} carry SNI {sni}, for which no filter chain of that gateway matches: they are reset."
UNCALLED = " Nobody in {source} has called it yet."
WHY = "istiod sets the SNI again"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each SNI of the operator's in calls to another network, a warning where there are none."""
    for service in crossing(view, pair.source, pair.destination):
        for plane, rule in destination_rules(view, pair.source, service):
            for name in rule.server_names:
                yield _finding(view, pair, service, plane, rule, name)


def _finding(view: View, pair: Pair, service: str, plane: str, rule: DestinationRule, name: ServerName) -> Finding:
    target = Object(plane, "destinationrules.networking.istio.io", rule.name, rule.namespace)
    is_called = not (name.subset or name.port) or _is_called(view, pair.source, service, name)
    return Finding(
        Status.FAIL if is_called else Status.WARN,
        Scope((plane,), (pair,), service, network(view, pair.destination)),
        say(PROBLEM, rule=rule.full_name, plane=plane, destination=pair.destination),
        (object_shown(view, target, f"sni: {name.sni}"),),
        (patch(view, Action.MOVE_TRAFFIC, target, _without(name), say(WHY)),),
        _detail(pair, service, name, NOTHING if is_called else say(UNCALLED, source=pair.source)),
    )


def _without(name: ServerName) -> tuple[dict[str, object], ...]:
    return replaced(pointer("spec", *name.place), name.sni, None)


def _detail(pair: Pair, service: str, name: ServerName, more: Message) -> Message:
    part = f", subset {name.subset}," if name.subset else f", port {name.port}," if name.port else ""
    values = {"source": pair.source} if more else {}
    return say(DETAIL + more.template, service=service, part=part, sni=name.sni, **values)


def _is_called(view: View, source: str, service: str, name: ServerName) -> bool:
    """Return whether some sampled client has tried to call that subset or port."""
    return any(
        host.connections or host.connect_failures or host.requests
        for client in clients(view, source)
        for cluster in with_subsets(view, source, client.full_name, service)
        if name.subset in ("", cluster.subset) and name.port in (0, cluster.port)
        for host in cluster.hosts
    )


CHECK = Check(
    "MC419",
    "clients call other networks with the SNI that the gateway expects",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    rows=("F23",),
)

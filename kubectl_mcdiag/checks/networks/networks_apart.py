"""Clusters are on different networks only where a gateway is between them.

Clusters that say different networks, but have no gateway, call each other's pods directly. Where that works, they are
on one network in fact. It ends with the first gateway that gets one of these names: all calls then go through it.

Fix: give both clusters the name of one network: the namespace's label, `values.global.network` and the
workloads, which take it from there when they are created again.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/ep_filters.go` (no gateway: endpoints are left as they are).
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.steps import Action, Object, Step, label
from kubectl_mcdiag.mesh.access.identity import NETWORK, clients, network, proxies, system_namespace
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import gateways_of, gateways_seen
from kubectl_mcdiag.mesh.services.endpoints import given_by
from kubectl_mcdiag.mesh.traffic.connections import answered_directly
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{one} and {other} are on one network, and have two names for it: {mine} and {theirs}"
DETAIL = (
    "No gateway is between them, and their pods answer each other directly. With the first gateway of one of these"
    " names all calls go through it."
)
WHY_NAMESPACE = "puts {other} on the network of {one}; set values.global.network of its Istio likewise"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for clusters that say different networks and call each other without a gateway."""
    wanted = network(view, pair.destination)
    if gateways_seen(view, wanted) or gateways_of(view, wanted):
        return
    if answered_directly(view, pair.source, pair.destination):
        yield _finding(view, pair)


def _finding(view: View, pair: Pair) -> Finding:
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    mine, theirs = (network(view, context) or "no network" for context in (one, other))
    direct, client = answered_directly(view, pair.source, pair.destination), clients(view, pair.source)[0].full_name
    return Finding(
        Status.WARN,
        Scope((one, other), (pair,)),
        say(PROBLEM, one=one, mine=mine, other=other, theirs=theirs),
        (Evidence(pair.source, str(given_by(view, pair.source, client)), f"{direct[0]}  HEALTHY"),),
        _fix(view, one, other),
        say(DETAIL),
    )


def _fix(view: View, one: str, other: str) -> tuple[Step, ...]:
    mine, space = network(view, one), system_namespace(view, other)
    target, why = Object(other, "namespace", space.name), say(WHY_NAMESPACE, one=one, other=other)
    named = label(view, Action.MOVE_TRAFFIC, target, NETWORK, mine, space.labels.get(NETWORK, ""), why)
    makers = dict.fromkeys(maker(other, pod) for pod in proxies(view, other) if pod.labels.get(NETWORK, "") != mine)
    return named, *(step for workload in makers for step in fixes.unlabel_workload(view, workload))


CHECK = Check(
    "MC421",
    "clusters are on different networks only where a gateway is between them",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    rows=("E4",),
)

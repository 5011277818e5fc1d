"""What is seen to work overrules suspicion: a failure explains a hop that is broken, or not known to work.

Every finding is about some calls of some pairs, and its check says which of their hops it explains. Where each of those
calls was followed and each of those hops works, nothing fails now: what was found is a warning that says when it will.
A hop that is idle or was not seen does not work, and a call that a policy keeps away says nothing.
"""

from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom
from kubectl_mcdiag.mesh.access.identity import control_planes, pods
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.connections import waits
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.endpoints import holds
from kubectl_mcdiag.path.hop import Kind, State
from kubectl_mcdiag.path.trace import Path, paths

LEARNED = (
    "Calls still work: istiod keeps the endpoints that it read before. It does not see any change there, and loses them"
    " all when it restarts."
)
GIVEN = "Calls still work: the proxies keep the endpoints that they were given, until istiod gives them others."
OPEN = "Calls still work over the connections that are open. New connections may fail."
_LEARNING = (Symptom.NOT_SYNCED, Symptom.NOT_LEARNED)


def overruled(view: View, check: Check, found: Finding) -> tuple[Finding, ...]:
    """Return a failure for the pairs that may fail by it, and a warning for those whose calls are seen to work."""
    if found.status is not Status.FAIL or check.is_unfollowed:
        return (found,)
    working = tuple(pair for pair in found.scope.pairs if is_seen_to_work(view, check, found.scope, pair))
    if not working:
        return (found,)
    left = tuple(pair for pair in found.scope.pairs if pair not in working)
    failing = (_about(found, left),) if left else ()
    return (*failing, _about(_warned(check, found), working))


def is_seen_to_work(view: View, check: Check, scope: Scope, pair: Pair) -> bool:
    """Return whether all that a finding could break in a pair is seen to work."""
    if (scope.istiod and not _is_alone(view, pair.source)) or (check.holds_up and _has_waiting(view, pair.source)):
        return False
    hops = check.hops if _is_near(view, scope, pair) else frozenset(Kind)
    about = [path for path in ask(lambda: paths(view, pair)) or () if _concerns(scope, path.call)]
    return bool(about) and all(_works(view, hops, path) for path in about)


def _is_alone(view: View, context: str) -> bool:
    """Return whether one istiod serves a cluster, so that what its clients were given came from it."""
    planes = ask(lambda: control_planes(view, context)) or ()
    return sum(len(ask(lambda p=plane: read_deeply(view, p)) or ()) for plane in planes) == 1  # type: ignore[misc]


def _is_near(view: View, scope: Scope, pair: Pair) -> bool:
    """Return whether what is wrong stands in one of the two clusters, or with the istiods of the client's.

    What a third one lacks breaks hops behind the client's endpoints: what its istiod tells the gateway, say.
    """
    planes = ask(lambda: control_planes(view, pair.source)) or ()
    return not {pair.source, pair.destination, *planes}.isdisjoint(scope.clusters)


def _has_waiting(view: View, context: str) -> bool:
    return any(waits(pod) for pod in ask(lambda: pods(view, context)) or ())


def _concerns(scope: Scope, call: Call) -> bool:
    return (not scope.names or call.service in scope.names) and scope.workload in ("", call.client)


def _works(view: View, hops: frozenset[Kind], path: Path) -> bool:
    """Return whether each of some hops works; a call that a policy keeps away breaks nowhere."""
    return path.state is State.KEPT_AWAY or all(_state(view, path, kind) is State.WORKS for kind in hops)


def _state(view: View, path: Path, kind: Kind) -> State:
    hop = path.hop(kind)
    if hop and kind is Kind.ENDPOINTS and hop.state is State.NOT_SEEN and ask(lambda: holds(view, path.call)):
        return State.WORKS
    return hop.state if hop else State.NOT_SEEN


def _about(found: Finding, pairs: tuple[Pair, ...]) -> Finding:
    return replace(found, scope=replace(found.scope, pairs=pairs))


def _warned(check: Check, found: Finding) -> Finding:
    detail = replace(found.detail, template=f"{found.detail.template} {_until(check)}".strip())
    return replace(found, status=Status.WARN, detail=detail)


def _until(check: Check) -> str:
    """Return when calls that still work will fail, for want of what the hops need that a check explains."""
    if check.until or check.hops == frozenset(Kind):
        return check.until or OPEN
    if Kind.CONNECTION in check.hops or Kind.ENDPOINTS not in check.hops:
        return OPEN
    return LEARNED if {check.symptom, *check.leads_to} & {*_LEARNING} else GIVEN

"""istiod has ambient multi-network switched on where ztunnels of two networks have to meet.

Without `AMBIENT_ENABLE_MULTI_NETWORK=true` (and `PILOT_ENABLE_AMBIENT=true`, without which it is ignored) istiod
sends its ztunnels nothing of the other networks' workloads: calls stay inside the cluster. It is off by default.

Fix: switch it on in every primary, by Helm or `istioctl install`; istiod restarts. Services that sidecars call across
clusters have to be global before, or sidecars lose their endpoints (MC805).

Source: Istio 1.31 `pilot/pkg/features/ambient.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import maker, set_environment
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown, variable
from kubectl_mcdiag.checks.steps import Object, Step, wait
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, proxies
from kubectl_mcdiag.mesh.ambient.enrolment import FLAG, NEEDED, is_global, switches
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod {pod} of {plane} has ambient multi-network switched off"
DETAIL = (
    "It has {flag}={value} and {needed}={other}, so it sends ztunnels of {source} nothing of the workloads on the"
    " network of {destination}."
)
ADVICE = (
    "Sidecars of {source} call {services} in other clusters and would lose those endpoints: label {services:it|them}"
    " istio.io/global=true in every cluster first, then set {flag}=true and {needed}=true for istiod in the"
    " installation of {plane}."
)
WHY = say("switches ambient multi-network on; set it in the values of your installation as well")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod pod of the source in which it is off."""
    for pod, is_on in switches(view, pair.source):
        if not is_on:
            yield _finding(view, pair, pod)


def _finding(view: View, pair: Pair, pod: Pod) -> Finding:
    plane, losing = control_planes(view, pair.source)[0], _losing(view, pair)
    seen = {name: pod.environment.get(name, "") for name in (FLAG, NEEDED)}
    lines = (line for name, value in seen.items() for line in variable(name, value))
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,), istiod=pod.full_name),
        say(PROBLEM, pod=pod.full_name, plane=plane),
        (object_shown(view, Object(plane, "pod", pod.name, pod.namespace), *lines),),
        () if losing else _fix(view, plane, pod),
        _detail(pair, seen),
        say(ADVICE, source=pair.source, services=losing, flag=FLAG, needed=NEEDED, plane=plane) if losing else NOTHING,
    )


def _losing(view: View, pair: Pair) -> tuple[str, ...]:
    """Return the services whose endpoints in other clusters the sidecars of the source would lose."""
    if all(pod.is_gateway for pod in proxies(view, pair.source)):
        return ()
    found = crossing(view, pair.source, pair.destination)
    return tuple(name for name in found if not is_global(view, pair.source, pair.destination, name))


def _detail(pair: Pair, seen: dict[str, str]) -> Message:
    value, other = (found or "unset" for found in seen.values())
    names = {"source": pair.source, "destination": pair.destination}
    return say(DETAIL, flag=FLAG, value=value, needed=NEEDED, other=other, **names)


def _fix(view: View, plane: str, pod: Pod) -> tuple[Step, ...]:
    target = maker(plane, pod)
    return set_environment(view, target, (f"{FLAG}=true", f"{NEEDED}=true"), WHY), wait(view, target)


CHECK = Check(
    "MC802",
    "istiod has ambient multi-network switched on where ztunnels meet across networks",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("H1",),
)

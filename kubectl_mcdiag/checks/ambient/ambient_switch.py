"""istiod has ambient multi-network switched on where ztunnels of two networks have to meet.

Without `AMBIENT_ENABLE_MULTI_NETWORK=true` (and `PILOT_ENABLE_AMBIENT=true`, without which it is ignored) istiod
tells its ztunnels nothing of the other networks' workloads: calls stay inside the cluster. It is off by default.

To mend it: switch it on in every primary, by Helm or `istioctl install`; istiod restarts.

Source: Istio 1.31 `pilot/pkg/features/ambient.go`. Catalogue H1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import owner, shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.ambient.enrolment import FLAG, NEEDED, switches, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "istiod {pod} of {plane} has {flag}={value} and {needed}={other}: it tells {source}'s ztunnels nothing of the"
    " workloads on {destination}'s network."
)
UNSET = "unset"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each istiod pod of the source in which it is off."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    for pod, is_on in switches(view, pair.source):
        if not is_on:
            yield _finding(view, pair, pod)


def _finding(view: View, pair: Pair, pod: Pod) -> Finding:
    plane = control_planes(view, pair.source)[0]
    seen = {name: pod.environment.get(name, UNSET) for name in (FLAG, NEEDED)}
    switch = system(view, plane, "set", "env", owner(pod), f"{FLAG}=true", f"{NEEDED}=true")
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,), istiod=pod.full_name),
        PROBLEM.format(
            pod=pod.full_name,
            plane=plane,
            flag=FLAG,
            value=seen[FLAG],
            needed=NEEDED,
            other=seen[NEEDED],
            source=pair.source,
            destination=pair.destination,
        ),
        (
            shows(
                plane,
                system(view, plane, "get", "pod", pod.name, "-o", "yaml"),
                *(f"{name}: {value}" for name, value in seen.items()),
            ),
        ),
        (Step(Kind.DISRUPTIVE, switch, "restarts istiod; set it in your Helm values as well"),),
    )


CHECK = Check(
    "MC802",
    "istiod has ambient multi-network switched on where ztunnels meet across networks",
    Unit.PAIR,
    run,
    rows=("H1",),
)

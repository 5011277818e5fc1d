"""An istiod that serves other clusters is told so by EXTERNAL_ISTIOD.

Only with `global.externalIstiod=true` (in Istio 1.31 also the environment variable EXTERNAL_ISTIOD) does istiod write
the root certificate and its webhooks' CA into the clusters that it serves. Without it those that run go on, and new
namespaces and new webhooks stay without.

To mend it: set it, which restarts istiod.

Source: Istio 1.31 `pilot/pkg/features`, `checkShouldLead`; guide "Install Primary-Remote". Catalogue G4.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import await_istiod, istiod_owners, restart_owner, shows, system
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.discovery.suspects import starving
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{plane}'s istiod serves {context} and its EXTERNAL_ISTIOD is {value}, not true: it does not take care of it{seen}."
)
SEEN = "; {pods} of {context} is not ready"
WHY = "restarts istiod; set values.global.externalIstiod=true in your installation as well"
WHY_PODS = "starts with the root at once, and not after kubelet's next look"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the istiod of a remote cluster is not external: a failure where proxies are not ready."""
    plane = plane_of(view, context)
    values = {pod.environment.get("EXTERNAL_ISTIOD", "") for pod in istiods(view, plane)}
    if not values or values == {"true"}:
        return
    pods = starving(view, context)
    yield Finding(
        Status.FAIL if pods else Status.WARN,
        Scope(clusters=(plane,), pairs=affected(view, context)),
        PROBLEM.format(
            plane=plane,
            context=context,
            value=", ".join(sorted(value or "not set" for value in values)),
            seen=SEEN.format(pods=", ".join(pod.full_name for pod in pods), context=context) if pods else "",
        ),
        (
            shows(
                plane, system(view, plane, "get", "pods", "-l", "app=istiod", "-o", "yaml"), "no EXTERNAL_ISTIOD=true"
            ),
        ),
        (
            *(
                Step(Kind.DISRUPTIVE, system(view, plane, "set", "env", owner, "EXTERNAL_ISTIOD=true"), WHY)
                for owner in istiod_owners(view, plane)
            ),
            *await_istiod(view, plane),
            *(step for pod in pods for step in restart_owner(view, context, pod, WHY_PODS)),
        ),
    )


CHECK = Check(
    "MC704",
    "an istiod that serves other clusters is told so",
    Unit.CLUSTER,
    run,
    rows=("G4",),
)

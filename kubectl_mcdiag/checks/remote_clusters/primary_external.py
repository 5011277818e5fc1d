"""An istiod that serves other clusters has EXTERNAL_ISTIOD set.

Only with `global.externalIstiod=true` (in Istio 1.31 also the environment variable EXTERNAL_ISTIOD) does istiod write
the root certificate and its webhooks' CA into the clusters that it serves. Without it those that run go on, and new
namespaces and new webhooks stay without.

Fix: set it, which restarts istiod.

Source: Istio 1.31 `pilot/pkg/features`, `checkShouldLead`; guide "Install Primary-Remote".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import await_istiod, istiod_makers
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.remote_clusters.fixes import restart_starving
from kubectl_mcdiag.checks.steps import Action, Step, kubectl
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{plane}'s istiod serves {context} without EXTERNAL_ISTIOD=true"
DETAIL = (
    "EXTERNAL_ISTIOD is {value}: istiod does not write its root certificate and its webhook's CA into {context}."
    " Calls of pods that run go on; pods in new namespaces do not start."
)
SEEN = (
    "EXTERNAL_ISTIOD is {value}: istiod does not write its root certificate and its webhook's CA into {context}."
    " Not ready: {pods}."
)
WHY = say("restarts istiod with it; set global.externalIstiod=true in your installation as well")
WHY_PODS = say("starts at once with the root certificate, instead of at kubelet's next retry")
PODS = ("pods", "-l", "app=istiod", "-o", "yaml")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the istiod of a remote cluster is not external: a failure where proxies are not ready."""
    plane = control_planes(view, context)[0]
    values = {pod.environment.get("EXTERNAL_ISTIOD", "") for pod in istiods(view, plane)}
    if values and values != {"true"}:
        yield _finding(view, context, plane, tuple(sorted(value or "not set" for value in values)))


def _finding(view: View, context: str, plane: str, values: tuple[str, ...]) -> Finding:
    pods = tuple(pod.full_name for pod in waiting_pods(view, context))
    seen = {"pods": pods} if pods else {}
    return Finding(
        Status.FAIL if pods else Status.WARN,
        Scope(clusters=(plane,), pairs=affected(view, context)),
        say(PROBLEM, plane=plane, context=context),
        (listed_shown(view, plane, view.settings.istio_namespace, PODS, "no EXTERNAL_ISTIOD"),),
        (*_steps(view, plane), *await_istiod(view, plane), *restart_starving(view, context, WHY_PODS)),
        say(SEEN if pods else DETAIL, value=values, context=context, **seen),
    )


def _steps(view: View, plane: str) -> Iterator[Step]:
    for target in istiod_makers(view, plane):
        words = (*target.where, "set", "env", f"{target.kind}/{target.name}", "EXTERNAL_ISTIOD=true")
        yield Step(Action.POD_TEMPLATE, plane, kubectl(view, plane, *words), WHY, target)


CHECK = Check(
    "MC704",
    "an istiod that serves other clusters has EXTERNAL_ISTIOD set",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    rows=("G4",),
)

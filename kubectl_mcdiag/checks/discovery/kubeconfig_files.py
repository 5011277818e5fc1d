"""istiod reads remote secrets, and not kubeconfigs from files in their place.

Since Istio 1.30 `PILOT_MULTICLUSTER_KUBECONFIG_PATH` makes istiod read kubeconfigs from a folder of its own. It then
looks at no remote secret at all, without a word, and names each cluster by the cluster in the file's current context.

Fix: remove the variable, or put a kubeconfig for the cluster into that folder.

Source: Istio 1.31 `pkg/kube/multicluster/secretcontroller.go`, NewController.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, detailed, worded
from kubectl_mcdiag.checks.fixes import await_istiod, istiod_makers
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Action, Step, kubectl
from kubectl_mcdiag.mesh.discovery.read_failures import FILES, ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s istiod reads kubeconfig files and ignores its remote secret for {context}"
DETAIL = "Remote secret {secret} is not used: {why}."
WHY = say("makes istiod read remote secrets; remove the variable from your installation as well")
PODS = ("pods", "-l", "app=istiod", "-o", "yaml")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where istiod does not look at the secret for the destination at all."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.FILES):
        holder = failing.holder
        yield Finding(
            Status.FAIL,
            Scope(clusters=(holder,), pairs=(pair,)),
            worded(failing, pair, PROBLEM),
            (listed_shown(view, holder, view.settings.istio_namespace, PODS, f"name: {FILES}", failing.proof),),
            _steps(view, holder),
            detailed(view, failing, pair, DETAIL),
        )


def _steps(view: View, holder: str) -> tuple[Step, ...]:
    unset = tuple(
        Step(
            Action.POD_TEMPLATE,
            holder,
            kubectl(view, holder, *target.where, "set", "env", f"{target.kind}/{target.name}", f"{FILES}-"),
            WHY,
            target,
        )
        for target in istiod_makers(view, holder)
    )
    return (*unset, *await_istiod(view, holder))


CHECK = Check(
    "MC318",
    "istiod reads remote secrets and not files in their place",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B20",),
    guide="T4a",
)

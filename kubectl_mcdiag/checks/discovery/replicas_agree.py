"""All replicas of istiod know the same clusters.

Each istiod pod reads the other clusters for itself, and a proxy knows what the one that it is attached to knows. Where
one replica could not read a cluster, for example because it started while the network was down, calls depend on
which replica serves the client: some pods see the other cluster, some do not.

Fix: replace the replica that lags behind.

Source: istio/istio#45992; `istioctl remote-clusters` has a row for each replica.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.fixes import await_istiod
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret, ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{count} of {number} istiod pods in {holder} {late:has|have} not synced {context}"
DETAIL = (
    "{late} {late:has|have} not synced it, {fine} {fine:has|have}: proxies attached to {late} have no endpoints there."
)
WHY = say("its Deployment starts another pod, which reads all clusters from the start")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where some replicas have synced the destination and others have not."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.REPLICA):
        yield _finding(view, pair, failing)


def _finding(view: View, pair: Pair, failing: FailingSecret) -> Finding:
    late, fine, holder = tuple(failing.why.split(", ")), tuple(failing.proof.split(", ")), failing.holder
    count, number = len(late), len(late) + len(fine)
    return Finding(
        Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,), istiod=late[0] if count == 1 else ""),
        say(PROBLEM, count=count, number=number, late=late, holder=holder, context=pair.destination),
        reported(view, failing),
        (*(_replace(view, holder, pod) for pod in late), *await_istiod(view, holder)),
        say(DETAIL, late=late, fine=fine),
    )


def _replace(view: View, holder: str, pod: str) -> Step:
    target = Object(holder, "pod", pod, view.settings.istio_namespace)
    return Step(Action.RESTART, holder, kubectl(view, holder, *target.where, "delete", "pod", pod), WHY, target)


CHECK = Check(
    "MC322",
    "all replicas of istiod know the same clusters",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B19",),
    guide="T4a",
)

"""Every context points to a different cluster.

Two contexts of one kubeconfig can point to the same cluster, with two users, or by two names of one API server.
Compared with itself a cluster seems to lack its own remote secret and to share its ID with another; none of that is a
fault.

Fix: leave one of the two contexts out, or name the one that leads to the cluster you meant.

Source: both contexts list the same pods, created in the same second; a pod's name ends in letters drawn at random.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import look
from kubectl_mcdiag.evidence.commands import PODS
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.shell import shell
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{one} and {other} point to the same cluster"
DETAIL = (
    "{shared} of the {number} pods of {one} are in {other} as well, created in the same second. Every other"
    " finding about the two compares a cluster with itself."
)
WHY = say("shows the cluster and the user of each context")
ADVICE = (
    "Give one context for each cluster. If one of the two is to lead to another cluster, ask whoever made the"
    " kubeconfig for that cluster's address."
)
SHOWN = 3


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where most pods of the one are those of the other."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    shared = _shared(view, one, other)
    fewest = min(len(pods(view, one)), len(pods(view, other)))
    if 2 * len(shared) <= fewest:
        return
    lines = [f"{pod.namespace}  {pod.name}  {pod.created}" for pod in shared[:SHOWN]]
    yield Finding(
        Status.FAIL,
        Scope(clusters=(one, other), pairs=(pair,)),
        say(PROBLEM, one=one, other=other),
        tuple(asked(view, PODS, context, "", *lines) for context in (one, other)),
        (look(one, shell("kubectl", *view.settings.flags, "config", "get-contexts"), WHY),),
        say(DETAIL, one=one, other=other, shared=len(shared), number=len(pods(view, one))),
        say(ADVICE),
    )


def _shared(view: View, one: str, other: str) -> list[Pod]:
    there = {(pod.namespace, pod.name, pod.created) for pod in pods(view, other)}
    return [pod for pod in pods(view, one) if (pod.namespace, pod.name, pod.created) in there]


CHECK = Check(
    "MC109",
    "every context points to a different cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
)

"""A namespace that is ambient in one cluster is ambient in the others.

A namespace, or a pod, is enrolled by the label `istio.io/dataplane-mode=ambient`. Where one cluster lacks it, its pods
speak plain text, do not accept HBONE, and are left out of what other networks may call; policies that ask for mutual
TLS refuse them.

Fix: label the namespace in the cluster that lacks it; running pods are enrolled at once.

Source: Istio 1.31, label `istio.io/dataplane-mode`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import from_ztunnel
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, label
from kubectl_mcdiag.mesh.access.identity import namespaces, pods
from kubectl_mcdiag.mesh.ambient.enrolment import MODE
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Namespace {namespace} is ambient in {source} and not in {destination}"
DETAIL = (
    "{number} of its pods in {destination} {number:has|have} neither ztunnel nor sidecar, and calls from {source} do"
    " not reach them."
)
WHY = "enrols the pods of {namespace} in {context}: their connections go through ztunnel from now on"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each namespace whose pods in the destination are not enrolled."""
    there = {space.name: space.labels for space in namespaces(view, pair.destination)}
    for space in namespaces(view, pair.source):
        if space.labels.get(MODE) == "ambient" and space.name in there and MODE not in there[space.name]:
            plain = [p for p in pods(view, pair.destination) if p.namespace == space.name and not p.is_injected]
            plain = [pod for pod in plain if MODE not in pod.labels]
            if plain:
                yield _finding(view, pair, space.name, len(plain))


def _finding(view: View, pair: Pair, namespace: str, number: int) -> Finding:
    context, target = pair.destination, Object(pair.destination, "namespace", namespace)
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,)),
        say(PROBLEM, namespace=namespace, source=pair.source, destination=context),
        (object_shown(view, target, f"{namespace}: no label {MODE}", output=("--show-labels",)),),
        (label(view, Action.ENROL, target, MODE, "ambient", "", say(WHY, namespace=namespace, context=context)),),
        say(DETAIL, number=number, source=pair.source, destination=context),
    )


CHECK = Check(
    "MC807",
    "a namespace that is ambient in one cluster is ambient in the others",
    Unit.PAIR,
    run,
    guards=(from_ztunnel,),
    rows=("H14",),
)

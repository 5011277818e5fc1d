"""Istio is installed in a namespace of the same name in every cluster.

An istiod looks in every cluster that it reads for the namespace that it is installed in itself: its label says which
network that cluster is on, and there the root certificate is kept. Where Istio was installed in another namespace, the
cluster's network stays unknown and its endpoints are given by pod address.

Fix: install Istio there in the namespace of the others.

Source: Istio 1.31 `serviceregistry/kube/controller/network.go`, the system namespace of istiod itself.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.steps import kubectl
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.access.identity import istiod_pods, namespaces, pods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "{context} has Istio in namespace {found}, the other clusters in {namespace}"
DETAIL = (
    "The istiods of {others} look in {context} for namespace {namespace}, whose label names its network, and there is"
    " none: they treat its pods as directly reachable."
)
ADVICE = (
    "Install Istio in {context} in namespace {namespace} (global.istioNamespace={namespace}), with the other options of"
    " its installation, move its workloads to that istiod and uninstall the one in {found}. Or, where that is quicker,"
    " move the other clusters to {found}."
)
ELSEWHERE = "{context} has no namespace {namespace}; its istiod is in {found}: name it with --istio-namespace {found}"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where a cluster has an istiod and not the system namespace in which others have theirs."""
    wanted = view.settings.istio_namespace
    names = {namespace.name for namespace in namespaces(view, context)}
    found = sorted({pod.namespace for pod in pods(view, context) if pod.labels.get("app") == "istiod"})
    if wanted in names or not found:
        return
    there = known(view, lambda other: istiod_pods(view, other))
    others = tuple(other for other, its in there.items() if its and other != context)
    if not others:
        raise Unavailable(ELSEWHERE.format(context=context, namespace=wanted, found=found[0]))
    yield Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=tuple(Pair(other, context) for other in view.contexts if other != context)),
        say(PROBLEM, context=context, found=", ".join(found), namespace=wanted),
        (shown(context, kubectl(view, context, "get", "namespaces", wanted), "NotFound"),),
        detail=say(DETAIL, others=others, context=context, namespace=wanted),
        advice=say(ADVICE, context=context, namespace=wanted, found=", ".join(found)),
    )


CHECK = Check(
    "MC324",
    "Istio is installed in the same namespace in every cluster",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.POD_ADDRESS,),
    rows=("B25",),
)

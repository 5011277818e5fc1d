"""Istio lives in a namespace of the same name in every cluster.

An istiod looks in every cluster that it reads for the namespace that it lives in itself: its label says which network
that cluster is on, and there the root certificate is kept. Where Istio was installed in another namespace, the
cluster's network stays unknown and its endpoints are given by pod address.

To mend it: install Istio there in the namespace of the others.

Source: Istio 1.31 `serviceregistry/kube/controller/network.go`, the system namespace of istiod itself. Catalogue B25.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import istioctl, kubectl, shows
from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} has no namespace {namespace}, where the istiods of {others} look for its network; its istiod is in"
    " {found}."
)
WHY = "installs Istio where the others have it; repeat your other installation options"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where a cluster has an istiod and not the system namespace of the others."""
    wanted = view.settings.istio_namespace
    names = {namespace.name for namespace in view.read(RESOURCES, context, kind="namespaces").namespaces}
    found = {pod.namespace for pod in pods(view, context) if pod.labels.get("app") == "istiod"}
    others = tuple(other for other in view.contexts if other != context)
    if wanted in names or not found:
        return
    yield Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=tuple(Pair(other, context) for other in others)),
        PROBLEM.format(context=context, namespace=wanted, others=", ".join(others), found=", ".join(sorted(found))),
        (shows(context, kubectl(view, context, "get", "namespaces", wanted), "NotFound"),),
        (
            Step(
                Kind.DISRUPTIVE,
                istioctl(view, context, "install", "--set", f"values.global.istioNamespace={wanted}"),
                WHY,
            ),
        ),
    )


CHECK = Check(
    "MC324",
    "Istio lives in the same namespace in every cluster",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.POD_ADDRESS,),
    rows=("B25",),
)

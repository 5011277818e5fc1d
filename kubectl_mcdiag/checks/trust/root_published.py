"""istiod publishes its root in every cluster that it serves.

New pods mount the ConfigMap `istio-ca-root-cert` of their namespace, which istiod writes; in a remote cluster it is the
primary's istiod that does, if it leads there and may write ConfigMaps. Without it pods hang in ContainerCreating.

Fix: see in istiod's log why it could not write it: mostly the account in the remote secret may not create ConfigMaps.
istiod writes it when it begins to read the cluster, after a restart at the latest.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go`; pods' event `configmap
"istio-ca-root-cert" not found`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.proof import istiod_log
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object, look
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS
from kubectl_mcdiag.mesh.access.control_plane import calls_from
from kubectl_mcdiag.mesh.access.identity import control_planes, pods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.trust.roots import ROOTS
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context} has no ConfigMap {name} in {namespace}"
DETAIL = "istiod of {plane} should have written it there; new pods with a proxy cannot start without it."
SEEN = DETAIL + " {pods} {pods:waits|wait} for it."
ADVICE = (
    "If the log says that ConfigMaps are forbidden, give the account of the remote secret for {context} its rights"
    " back (`istioctl create-remote-secret` applies them). Otherwise restart istiod of {plane}: it writes the ConfigMap"
    " when it begins to read {context}."
)
WAITING = frozenset({"ContainerCreating", "PodInitializing"})
WHY = say("shows whether istiod could not write the ConfigMap, and why")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the ConfigMaps could be listed and this one is not among them."""
    if any(found.name == ROOTS for found in view.read(CONFIG_MAPS, context)):
        return
    plane = control_planes(view, context)[0]
    waiting = tuple(pod.full_name for pod in pods(view, context) if pod.is_injected and WAITING & {*pod.waiting})
    target = Object(context, "configmap", ROOTS, view.settings.istio_namespace)
    pairs = tuple(pair for pair in calls_from(view, plane) if pair.source == context)
    yield Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=pairs),
        say(PROBLEM, context=context, name=ROOTS, namespace=target.namespace),
        (object_shown(view, target, f'configmaps "{ROOTS}" not found', output=()),),
        (look(plane, istiod_log(view, plane), WHY),),
        say(SEEN, plane=plane, pods=waiting) if waiting else say(DETAIL, plane=plane),
        say(ADVICE, plane=plane, context=context),
    )


CHECK = Check(
    "MC217",
    "istiod publishes its root in every cluster that it serves",
    Unit.CLUSTER,
    run,
    caused_by=("MC206", "MC207", "MC208", "MC209", "MC210", "MC216", "MC101"),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A17",),
)

"""istiod publishes its root in every cluster that it serves.

New pods mount the ConfigMap `istio-ca-root-cert` of their namespace, which istiod writes; in a remote cluster it is the
primary's istiod that does, if it leads there and may write ConfigMaps. Without it pods hang in ContainerCreating.

To mend it: restart the primary's istiod, which writes it when it begins to read the cluster; where it does not come,
see whether the account in the remote secret may create ConfigMaps.

Source: Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go`; pods' event `configmap
"istio-ca-root-cert" not found`. Catalogue A17.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import restart_istiod, shows, system
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS
from kubectl_mcdiag.mesh.access.control_plane import calls_from
from kubectl_mcdiag.mesh.access.identity import control_planes, pods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.trust.roots import ROOTS
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} has no ConfigMap {name} in {namespace}, which the istiod of {plane} should have written there{seen}."
)
SEEN = ": {pods} wait for it (ContainerCreating)"
WAITING = frozenset({"ContainerCreating", "PodInitializing"})
WHY = "istiod writes the ConfigMap when it begins to read a cluster"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the ConfigMaps could be listed and this one is not among them."""
    if any(found.name == ROOTS for found in view.read(CONFIG_MAPS, context)):
        return
    plane = control_planes(view, context)[0]
    waiting = [pod.full_name for pod in pods(view, context) if pod.is_injected and WAITING & {*pod.waiting}]
    pairs = tuple(pair for pair in calls_from(view, plane) if pair.source == context)
    yield Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=pairs),
        PROBLEM.format(
            context=context,
            name=ROOTS,
            namespace=view.settings.istio_namespace,
            plane=plane,
            seen=SEEN.format(pods=", ".join(waiting)) if waiting else "",
        ),
        (shows(context, system(view, context, "get", "configmap", ROOTS), f'configmaps "{ROOTS}" not found'),),
        restart_istiod(view, plane, WHY),
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

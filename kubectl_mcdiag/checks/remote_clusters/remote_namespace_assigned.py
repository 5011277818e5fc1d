"""A remote cluster's system namespace says whose istiod takes care of it.

The annotation `topology.istio.io/controlPlaneClusters` on the system namespace names, by cluster ID or `*`, the
primaries whose istiods write the root certificate into its namespaces and the CA into its webhooks (since Istio 1.15).
Without it pods in new namespaces hang for want of the ConfigMap `istio-ca-root-cert`.

To mend it: annotate the namespace, and restart istiod, which looks only when it begins to read a cluster.

Source: Istio 1.31 `checkShouldLead`, `multicluster.go`; istiod logs "should join leader-election for cluster …: false".
Catalogue G3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, restart_istiod, restart_owner, shows
from kubectl_mcdiag.mesh.access.identity import CONTROL_PLANES, cluster_id, system_namespace
from kubectl_mcdiag.mesh.discovery.suspects import starving
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "namespace {namespace} of {context} {says}, so {plane}'s istiod (cluster {name!r}) does not take care of it{seen}."
)
NOTHING = "has no annotation topology.istio.io/controlPlaneClusters"
OTHERS = "names {found!r} in topology.istio.io/controlPlaneClusters"
SEEN = "; {pods} of {context} is not ready"
WHY = "names the cluster of {plane}"
WHY_RESTART = "istiod looks at it when it begins to read a cluster"
WHY_PODS = "starts with the root at once, and not after kubelet's next look"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the annotation does not name the primary: a failure where proxies are not ready."""
    plane = plane_of(view, context)
    found = system_namespace(view, context).annotations.get(CONTROL_PLANES, "")
    name = cluster_id(view, plane)
    if {name, "*"} & {one.strip() for one in found.split(",")}:
        return
    namespace, pods = view.settings.istio_namespace, starving(view, context)
    command = ("annotate", "--overwrite", "namespace", namespace, f"{CONTROL_PLANES}={name}")
    yield Finding(
        Status.FAIL if pods else Status.WARN,
        Scope(clusters=(context,), pairs=affected(view, context)),
        PROBLEM.format(
            namespace=namespace,
            context=context,
            says=OTHERS.format(found=found) if found else NOTHING,
            plane=plane,
            name=name,
            seen=SEEN.format(pods=", ".join(pod.full_name for pod in pods), context=context) if pods else "",
        ),
        (shows(context, kubectl(view, context, "describe", "namespace", namespace), f"{CONTROL_PLANES}: {found}"),),
        (
            Step(Kind.SAFE, kubectl(view, context, *command), WHY.format(plane=plane)),
            *restart_istiod(view, plane, WHY_RESTART),
            *(step for pod in pods for step in restart_owner(view, context, pod, WHY_PODS)),
        ),
    )


CHECK = Check(
    "MC703",
    "a remote cluster's namespace names its control plane",
    Unit.CLUSTER,
    run,
    rows=("G3",),
)

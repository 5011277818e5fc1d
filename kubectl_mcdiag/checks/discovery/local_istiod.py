"""A remote cluster runs no istiod of its own beside the one that serves it.

A cluster whose system namespace is assigned to another cluster's istiod, and that has an istiod of its own all the
same (a profile `default` or `minimal` instead of `remote`), is served by its own: injected pods call the Service
`istiod` of their cluster. That istiod has no remote secrets, so its proxies know only local endpoints.

Fix: install that cluster with the profile `remote`, which removes its istiod, and restart its workloads.

Source: Istio's guides "Troubleshooting Multicluster" and "Install Primary-Remote".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import assigned_elsewhere
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import listed_shown, shown
from kubectl_mcdiag.checks.steps import kubectl
from kubectl_mcdiag.mesh.access.identity import CONTROL_PLANES, assigned_ids, cluster_id, istiods, network
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.networks.gateways import addresses
from kubectl_mcdiag.mesh.remote_clusters.remotes import entrances, outgoing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context} is assigned to {plane}'s istiod and runs an istiod of its own"
DETAIL = (
    "Its namespace names {name} as the cluster of its control plane, but the proxies of {context} connect to {pods} of"
    " {context}, which reads no other cluster."
)
ADVICE = (
    "Install {context} as a remote cluster, with the other options of its installation: profile=remote,"
    " global.multiCluster.clusterName={own}, global.network={network}, global.remotePilotAddress={address}, and"
    " istiodRemote.injectionPath=/inject/cluster/{own}/net/{network} (without /net where it has no network). Then"
    " restart its workloads. If it is to be a primary, remove the annotation {annotation} from its namespace instead,"
    " and create remote secrets in it."
)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where a cluster with an istiod is assigned to another context's istiod alone."""
    wanted = assigned_ids(view, context)
    if not istiods(view, context) or {cluster_id(view, context), "*"} & wanted:
        return
    for plane in view.contexts:
        if plane != context and cluster_id(view, plane) in wanted:
            yield _finding(view, context, plane, ",".join(sorted(wanted)))


def _finding(view: View, context: str, plane: str, named: str) -> Finding:
    namespace = view.settings.istio_namespace
    pods = tuple(pod.name for pod in istiods(view, context))
    described = kubectl(view, context, "describe", "namespace", namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        say(PROBLEM, context=context, plane=plane),
        (
            shown(context, described, f"{CONTROL_PLANES}: {named}"),
            listed_shown(view, context, namespace, ("pods", "-l", "app=istiod"), *pods),
        ),
        detail=say(DETAIL, name=cluster_id(view, plane), context=context, pods=pods),
        advice=_advice(view, plane, context),
    )


def _advice(view: View, plane: str, context: str) -> Message:
    found = [address for service in entrances(view, plane) for address in addresses(service)]
    return say(
        ADVICE,
        context=context,
        own=cluster_id(view, context),
        network=network(view, context),
        address=found[0] if found else f"the address at which {plane} exposes istiod",
        annotation=CONTROL_PLANES,
    )


CHECK = Check(
    "MC707",
    "a remote cluster runs no istiod of its own",
    Unit.CLUSTER,
    run,
    guards=(assigned_elsewhere,),
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("G7",),
)

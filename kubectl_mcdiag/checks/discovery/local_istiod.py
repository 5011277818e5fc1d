"""A remote cluster runs no istiod of its own beside the one that serves it.

A cluster whose system namespace is assigned to another cluster's istiod, and that has an istiod of its own all the
same (a profile `default` or `minimal` instead of `remote`), is served by its own: injected pods call the Service
`istiod` of their cluster. That istiod has no remote secrets, so its proxies know only local endpoints.

To mend it: install that cluster with the profile `remote`, which takes its istiod away, and restart its workloads.

Source: Guide T4b; Istio's guide "Install Primary-Remote". Catalogue G7.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import istioctl, kubectl, restart_workloads, shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import CONTROL_PLANES, cluster_id, istiods, network, system_namespace
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.networks.gateways import addresses
from kubectl_mcdiag.mesh.remote_clusters.remotes import entrances, outgoing
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{context} is assigned to {plane}'s istiod (cluster {name!r}), and runs {pods} of its own, which its proxies call"
    " instead."
)
WHY = "installs it as a remote cluster; repeat your other installation options"
WHY_RESTART = "lets proxies call the other istiod"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where a cluster with an istiod is assigned to another context's istiod alone."""
    named = system_namespace(view, context).annotations.get(CONTROL_PLANES, "")
    if not named:
        raise NotApplicable(f"{context} is not assigned to another cluster's istiod")
    wanted = {name.strip() for name in named.split(",")}
    found = istiods(view, context)
    if not found or {cluster_id(view, context), "*"} & wanted:
        return
    for plane in view.contexts:
        if plane != context and cluster_id(view, plane) in wanted:
            namespace = view.settings.istio_namespace
            pods = tuple(pod.name for pod in found)
            yield Finding(
                Status.FAIL,
                Scope(clusters=(context,), pairs=outgoing(view, context)),
                PROBLEM.format(context=context, plane=plane, name=cluster_id(view, plane), pods=", ".join(pods)),
                (
                    shows(
                        context,
                        kubectl(view, context, "describe", "namespace", namespace),
                        f"{CONTROL_PLANES}: {named}",
                    ),
                    shows(context, system(view, context, "get", "pods", "-l", "app=istiod"), *pods),
                ),
                (_step(view, plane, context), *restart_workloads(view, context, WHY_RESTART)),
            )


def _step(view: View, plane: str, context: str) -> Step:
    name, own = cluster_id(view, context), network(view, context)
    doors = [address for service in entrances(view, plane) for address in addresses(service)]
    values = {
        "profile": "remote",
        "values.global.multiCluster.clusterName": name,
        "values.global.network": own,
        "values.global.remotePilotAddress": doors[0] if doors else "$ADDRESS",
        "values.istiodRemote.injectionPath": f"/inject/cluster/{name}" + (f"/net/{own}" if own else ""),
    }
    options = tuple(part for key, value in values.items() for part in ("--set", f"{key}={value}"))
    return Step(
        Kind.DISRUPTIVE if doors else Kind.NEEDS_INPUT,
        istioctl(view, context, "install", "--skip-confirmation", *options),
        WHY,
    )


CHECK = Check(
    "MC707",
    "a remote cluster runs no istiod of its own",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("G7",),
)

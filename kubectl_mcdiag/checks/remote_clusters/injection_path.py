"""A remote cluster's injection webhook names that cluster and its network.

istiod injects what the webhook's path says: `/inject/cluster/CLUSTER/net/NETWORK`. A path that was copied from another
cluster gives new pods a foreign cluster ID, and istiod refuses their certificates; a foreign network sends calls to
pod addresses, or round by a gateway.

To mend it: set the path, and restart the workloads that were injected meanwhile.

Source: Istio 1.31 chart istiod, `istiodRemote.injectionPath`; istiod logs "client claims to be in cluster".
Catalogue G6.
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, restart_owner, shows
from kubectl_mcdiag.mesh.access.identity import NETWORK, cluster_id, injected_into, system_namespace
from kubectl_mcdiag.mesh.discovery.suspects import starving
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected, injectors, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = "webhook {name} of {context} injects at {path}, which is not that cluster's {wanted}{seen}."
SEEN = "; {pods} is not ready"
WHY = "sets the path of all its hooks"
WHY_RESTART = "it was injected as a pod of another cluster"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration whose path names another cluster or network."""
    plane_of(view, context)
    name = cluster_id(view, context)
    network = system_namespace(view, context).labels.get(NETWORK, "")
    wanted = f"/inject/cluster/{name}" + (f"/net/{network}" if network else "")
    paths = {hook.configuration: hook.url or hook.path for hook in injectors(view, context)}
    for configuration, path in paths.items():
        found = injected_into(path)
        if found != (name, network if found[1] else ""):
            yield _finding(view, context, configuration, path, wanted)


def _finding(view: View, context: str, configuration: str, path: str, wanted: str) -> Finding:
    pods = starving(view, context)
    hooks = [hook for hook in injectors(view, context) if hook.configuration == configuration]
    patch = [
        {"op": "replace", "path": f"/webhooks/{hook.index}/clientConfig/service/path", "value": wanted}
        for hook in hooks
    ]
    command = ("patch", "mutatingwebhookconfiguration", configuration, "--type=json", "-p", json.dumps(patch))
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=affected(view, context)),
        PROBLEM.format(
            name=configuration,
            context=context,
            path=path,
            wanted=wanted,
            seen=SEEN.format(pods=", ".join(pod.full_name for pod in pods)) if pods else "",
        ),
        (
            shows(
                context,
                kubectl(view, context, "get", "mutatingwebhookconfiguration", configuration, "-o", "yaml"),
                f"path: {path}",
            ),
        ),
        (
            Step(Kind.SAFE, kubectl(view, context, *command), WHY),
            *(step for pod in pods for step in restart_owner(view, context, pod, WHY_RESTART)),
        ),
    )


CHECK = Check(
    "MC706",
    "a remote cluster's injection webhook names that cluster",
    Unit.CLUSTER,
    run,
    rows=("G6",),
)

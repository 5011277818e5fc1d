"""A remote cluster's injection webhook names that cluster and its network.

istiod injects what the webhook's path says: `/inject/cluster/CLUSTER/net/NETWORK`. A path that was copied from another
cluster gives new pods a foreign cluster ID, and istiod refuses their certificates; a foreign network sends calls to
pod addresses, or through a gateway.

Fix: set the path, and restart the workloads that were injected meanwhile.

Source: Istio 1.31 chart istiod, `istiodRemote.injectionPath`; istiod logs "client claims to be in cluster".
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, put, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.remote_clusters.fixes import client, named, patch_webhook, restart_starving, webhook
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.mesh.access.identity import NETWORK, cluster_id, injected_into, system_namespace
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import affected, hooks_of, injectors
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The injection webhook of {context} injects pods for another cluster or network"
DETAIL = "Webhook {webhook} calls {path} instead of {wanted}."
SEEN = DETAIL + " Not ready: {pods}."
WHY = say("sets the path of its hooks; correct istiodRemote.injectionPath of your installation as well")
WHY_RESTART = say("replaces pods that were injected for another cluster")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration whose path names another cluster or network."""
    name = cluster_id(view, context)
    network = system_namespace(view, context).labels.get(NETWORK, "")
    wanted = f"/inject/cluster/{name}" + (f"/net/{network}" if network else "")
    paths = {hook.configuration: hook.url or hook.path for hook in injectors(view, context)}
    for configuration, path in paths.items():
        found = injected_into(path)
        if found != (name, network if found[1] else ""):
            yield _finding(view, context, configuration, path, wanted)


def _finding(view: View, context: str, configuration: str, path: str, wanted: str) -> Finding:
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=affected(view, context)),
        say(PROBLEM, context=context),
        (object_shown(view, webhook(context, configuration), f"path: {path}"),),
        (_step(view, context, configuration, wanted), *restart_starving(view, context, WHY_RESTART)),
        _detail(view, context, configuration, path, wanted),
    )


def _detail(view: View, context: str, configuration: str, path: str, wanted: str) -> Message:
    pods = tuple(pod.full_name for pod in waiting_pods(view, context))
    seen = {"pods": pods} if pods else {}
    return say(SEEN if pods else DETAIL, webhook=configuration, path=path, wanted=wanted, **seen)


def _step(view: View, context: str, configuration: str, wanted: str) -> Step:
    operations: list[Operation] = []
    for hook in hooks_of(view, context, configuration):
        old, place = (hook.url, client(hook, "url")) if hook.url else (hook.path, client(hook, "service", "path"))
        new = urlsplit(old)._replace(path=wanted).geturl() if hook.url else wanted
        operations += [named(hook), *(replaced(place, old, new) if old else (put(place, new),))]
    return patch_webhook(view, context, configuration, operations, WHY)


CHECK = Check(
    "MC706",
    "a remote cluster's injection webhook names that cluster",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    rows=("G6",),
)

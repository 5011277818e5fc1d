"""Proxies claim a cluster that their istiod knows.

A proxy tells istiod which cluster it is in, and istiod asks that cluster whether the proxy's token is good. Of a
cluster that istiod knows neither as its own nor by a remote secret it cannot ask any API server: it refuses the
certificate, and the pod never gets ready. One that is ready has a certificate from before, and is a warning until that
runs out. The name comes from the injection webhook: from its values, or from its path.

Fix: correct `global.multiCluster.clusterName` where the webhook reads it, and restart the workloads that were
injected with the wrong name.

Source: Istio 1.31 `security/pkg/server/ca/authenticate/kubeauth`; istiod logs "client claims to be in cluster …, but
we only know about …".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, injected, injection_map
from kubectl_mcdiag.mesh.access.membership import calls_of, foreign, known_clusters
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.traffic.connections import waits
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Proxies in {context} claim a cluster that {plane}'s istiod does not know"
DETAIL = (
    "{pods} {pods:claims|claim} to be in cluster {claimed}, as the injection webhook of {plane} tells new proxies."
    " istiod knows {known} and issues no certificate to {pods:it|them}."
)
READY = DETAIL + " Until the present {pods:certificate runs|certificates run} out, within 24 hours, calls go on."
ADVICE = (
    "Set `global.multiCluster.clusterName` to {right} in the installation of {plane} (ConfigMap {config_map} holds it),"
    " then restart {pods}."
)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where proxies claim an unknown cluster that their webhook still writes."""
    plane = control_planes(view, context)[0]
    claimed = injected(view, plane).cluster
    found = tuple(pod for pod in foreign(view, context) if pod.environment["ISTIO_META_CLUSTER_ID"] == claimed)
    if found:
        yield _finding(view, context, claimed, found)


def _finding(view: View, context: str, claimed: str, found: tuple[Pod, ...]) -> Finding:
    plane, pods = control_planes(view, context)[0], tuple(pod.full_name for pod in found)
    name, known = injection_map(view, plane).name, tuple(sorted(known_clusters(view, plane)))
    target, waiting = Object(plane, "configmap", name, view.settings.istio_namespace), any(map(waits, found))
    return Finding(
        Status.FAIL if waiting else Status.WARN,
        Scope(clusters=(context,), pairs=calls_of(view, context)),
        say(PROBLEM, context=context, plane=plane),
        (object_shown(view, target, f'"clusterName": "{claimed}"'),),
        detail=say(DETAIL if waiting else READY, pods=pods, claimed=claimed, plane=plane, known=known),
        advice=say(ADVICE, right=cluster_id(view, context), plane=plane, config_map=name, pods=pods),
    )


CHECK = Check(
    "MC111",
    "proxies claim a cluster that their istiod knows",
    Unit.CLUSTER,
    run,
    caused_by=("MC304",),
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("C1",),
)

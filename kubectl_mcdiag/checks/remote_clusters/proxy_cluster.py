"""Proxies claim a cluster that their istiod knows.

A proxy tells istiod which cluster it is in, and istiod asks that cluster whether the proxy's token is good. Of a
cluster that istiod knows neither as its own nor by a remote secret it can ask nobody: it refuses the certificate, and
the pod never gets ready. One that is ready has a certificate from before, and is a warning until that runs out. The
name comes from the injection webhook: from its values, or from its path.

Fix: correct `global.multiCluster.clusterName` where the webhook reads it, and restart the workloads that were
injected with the wrong name.

Source: Istio 1.31 `security/pkg/server/ca/authenticate/kubeauth`; istiod logs "client claims to be in cluster …, but we
only know about …". Catalogue C1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, injected, injection_map
from kubectl_mcdiag.mesh.access.membership import calls_of, foreign, known_clusters
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.traffic.ways import waits
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{pods} in {context} claim to be in cluster {claimed!r}, as the injection webhook of {plane} tells new proxies; its"
    " istiod knows only {known} and gives them no certificate."
)
READY = say("They are ready by certificates that they got before, which run out within 24 hours.")
ADVICE = (
    "Set `global.multiCluster.clusterName` to {right} in the installation of {plane} (ConfigMap {config_map} holds it),"
    " then restart {pods}."
)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where proxies claim an unknown cluster that their webhook still writes."""
    plane = control_planes(view, context)[0]
    strangers = foreign(view, context)
    claimed = injected(view, plane).cluster
    found = tuple(pod for pod in strangers if pod.environment["ISTIO_META_CLUSTER_ID"] == claimed)
    if not found:
        return
    name = injection_map(view, plane).name
    right = cluster_id(view, context)
    read = system(view, plane, "get", "configmap", name, "-o", "yaml")
    yield Finding(
        Status.FAIL if any(map(waits, found)) else Status.WARN,
        Scope(clusters=(context,), pairs=calls_of(view, context)),
        PROBLEM.format(
            pods=", ".join(pod.full_name for pod in found),
            context=context,
            claimed=claimed,
            plane=plane,
            known=", ".join(sorted(known_clusters(view, plane))),
        ),
        (shows(plane, read, f'"clusterName": "{claimed}"'),),
        detail=NOTHING if any(map(waits, found)) else READY,
        advice=say(ADVICE, right=right, plane=plane, config_map=name, pods=tuple(pod.full_name for pod in found)),
    )


CHECK = Check(
    "MC111",
    "proxies claim a cluster that their istiod knows",
    Unit.CLUSTER,
    run,
    caused_by=("MC304",),
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("C1",),
)

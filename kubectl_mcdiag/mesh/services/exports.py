"""Multi-Cluster Services (MCS): whether istiod keeps a service in its cluster until it is exported."""

from kubectl_mcdiag.evidence.commands import EXPORTED_SERVICES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.view import View, fact

MODE = "ENABLE_MCS_SERVICE_DISCOVERY"


def is_on(istiod: Pod) -> bool:
    """Return whether an istiod pod shares only services that have a ServiceExport."""
    return istiod.environment.get(MODE, "").lower() in ("true", "1", "t")


@fact
def withheld(view: View, source: str, service: str, destination: str) -> tuple[str, Pod] | None:
    """Return the istiod (context, pod) that keeps a service of `destination` from clients of `source`, if any does."""
    for plane in control_planes(view, source):
        for pod in read_deeply(view, plane):
            if is_on(pod) and not _exports(view, plane, pod, service, destination):
                return plane, pod
    return None


def _exports(view: View, plane: str, istiod: Pod, service: str, destination: str) -> bool:
    wanted = (cluster_id(view, destination), service)
    rows = view.read(EXPORTED_SERVICES, plane, istiod.full_name)
    return any((row.cluster, row.service) == wanted and row.exported for row in rows)

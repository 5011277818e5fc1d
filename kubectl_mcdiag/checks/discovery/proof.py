"""Evidence of the discovery family: what istiod says of its clusters, in its log and when asked."""

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.proof import asked, shown
from kubectl_mcdiag.checks.steps import kubectl
from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret
from kubectl_mcdiag.mesh.discovery.remote_secrets import log_tail, server
from kubectl_mcdiag.mesh.view import View

NEWEST = 5000


def istiod_log(view: View, plane: str, pod: str = "") -> Shell:
    """Return the command that shows the newest log lines of one istiod pod, or of all."""
    chosen = (pod,) if pod else ("-l", "app=istiod")
    where = ("-n", view.settings.istio_namespace)
    return kubectl(view, plane, *where, "logs", *chosen, "-c", "discovery", f"--tail={NEWEST}")


def reported(view: View, failing: FailingSecret) -> tuple[Evidence, ...]:
    """Return what istiod logged last about the cluster of a remote secret, or else what it answers of that cluster."""
    lines = log_tail(view, failing.holder, failing.entry.key)
    if lines:
        return (shown(failing.holder, istiod_log(view, failing.holder), *lines),)
    return tuple(
        rows_shown(view, failing.holder, pod.full_name, failing.entry.key) for pod in istiods(view, failing.holder)
    )


def rows_shown(view: View, holder: str, istiod: str, key: str = "") -> Evidence:
    """Return the clusters that one istiod pod (`name.namespace`) knows, or what it says of one."""
    rows = [row for row in view.read(CLUSTERZ, holder, istiod) if key in ("", row.id)]
    lines = [f"{row.id}  {row.secret or '(its own)'}  {row.status}" for row in rows]
    return asked(view, CLUSTERZ, holder, istiod, *(lines or [f"no row for {key}"]))


def own_server_shown(view: View, failing: FailingSecret) -> tuple[Evidence, ...]:
    """Return the address of the API server of the cluster that a remote secret stands in, where the secret has it too.

    No command prints one field of a kubeconfig and not its token.
    """
    called = failing.entry.kubeconfig.server
    if called != server(view, failing.holder):
        return ()
    return (shown(failing.holder, kubectl(view, failing.holder, "cluster-info"), f"is running at {called}"),)

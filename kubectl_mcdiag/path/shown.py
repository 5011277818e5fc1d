"""The commands that show a hop, as Istio's guide teaches them."""

from kubectl_mcdiag.evidence.model import Settings
from kubectl_mcdiag.evidence.shell import shell
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Seen


def proxy_config(view: View, context: str, pod: str, what: str, lines: tuple[str, ...], *flags: str) -> Seen:
    """Return `istioctl proxy-config WHAT POD` with the lines of its output that matter."""
    namespace = view.settings.istio_namespace
    where = () if namespace == Settings().istio_namespace else ("--istioNamespace", namespace)
    prefix = ("istioctl", "--context", context, *view.settings.flags, *where)
    return Seen(context, shell(*prefix, "proxy-config", what, pod, *flags), lines)


def resource(view: View, context: str, kind: str, full_name: str, *lines: str) -> Seen:
    """Return `kubectl get KIND NAME -o yaml` with the lines of its output that matter."""
    name, _, namespace = full_name.rpartition(".")
    prefix = ("kubectl", "--context", context, *view.settings.flags, "-n", namespace)
    return Seen(context, shell(*prefix, "get", kind, name, "-o", "yaml"), lines)

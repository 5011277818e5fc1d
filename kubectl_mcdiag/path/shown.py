"""The commands that show a hop, as Istio's guide teaches them."""

from kubectl_mcdiag.evidence.shell import shell
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Seen


def proxy_config(view: View, context: str, pod: str, what: str, lines: tuple[str, ...], *flags: str) -> Seen:
    """Return `istioctl proxy-config WHAT POD` with the lines of its output that matter."""
    prefix = view.settings.prefix("istioctl", context)
    return Seen(context, shell(*prefix, "proxy-config", what, pod, *flags), lines)


def resource(view: View, context: str, kind: str, full_name: str, *lines: str) -> Seen:
    """Return `kubectl get KIND NAME -o yaml` with the lines of its output that matter."""
    name, _, namespace = full_name.rpartition(".")
    prefix = view.settings.prefix("kubectl", context)
    return Seen(context, shell(*prefix, "-n", namespace, "get", kind, name, "-o", "yaml"), lines)

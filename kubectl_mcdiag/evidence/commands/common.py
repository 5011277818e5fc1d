"""What commands have in common: permissions and the first words of their arguments."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.evidence.model import Command, Permission, Settings

NETWORKING = "networking.istio.io"
RBAC = "rbac.authorization.k8s.io"
# kubectl asks by GET since 1.31 (WebSocket), by POST before; API servers of 1.35 want `create` for either.
EXEC = (Permission("get", "pods"), Permission("create", "pods/exec"), Permission("get", "pods/exec"))
FORWARD = (Permission("get", "pods"), Permission("create", "pods/portforward"), Permission("get", "pods/portforward"))
SYSTEM = ("-n", "{istio_namespace}")
ISTIOD = ("exec", *SYSTEM, "{pod}", "-c", "discovery", "--", "pilot-discovery", "request", "GET")
PROXY = ("exec", "-n", "{namespace}", "{pod}", "-c", "istio-proxy", "--", "pilot-agent", "request", "GET")
SHELL = ("exec", "-n", "{namespace}", "{pod}", "--", "sh", "-c")


def forgone(command: Command[Any], settings: Settings) -> str:
    """Return the flag by which the operator forgoes a command, empty where it may be run."""
    if settings.no_secrets and command.needs("secrets"):
        return "--no-secrets"
    if settings.no_exec and command.needs("pods/exec") and not command.forwarded:
        return "--no-exec"
    return ""


def permitted(command: Command[Any], settings: Settings) -> Command[Any]:
    """Return the command in the form that the operator allows: through istioctl's port-forward instead of exec."""
    if not (settings.no_exec and command.needs("pods/exec") and command.forwarded):
        return command
    return replace(command, tool="istioctl", args=command.forwarded, shown=(), permissions=FORWARD)

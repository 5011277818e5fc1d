"""What commands have in common: permissions and the first words of their arguments."""

from kubectl_mcdiag.evidence.model import Permission

NETWORKING = "networking.istio.io"
RBAC = "rbac.authorization.k8s.io"
# kubectl asks by GET since 1.31 (WebSocket), by POST before; API servers of 1.35 want `create` for either.
EXEC = (Permission("get", "pods"), Permission("create", "pods/exec"), Permission("get", "pods/exec"))
FORWARD = (Permission("get", "pods"), Permission("create", "pods/portforward"), Permission("get", "pods/portforward"))
SYSTEM = ("-n", "{istio_namespace}")
ISTIOD = ("exec", *SYSTEM, "{pod}", "-c", "discovery", "--", "pilot-discovery", "request", "GET")
PROXY = ("exec", "-n", "{namespace}", "{pod}", "-c", "istio-proxy", "--", "pilot-agent", "request", "GET")
SHELL = ("exec", "-n", "{namespace}", "{pod}", "--", "sh", "-c")

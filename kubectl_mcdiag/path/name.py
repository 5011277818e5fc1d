"""Whether the client's proxy knows the host and port, or is kept from a service of another namespace on purpose."""

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.services.visibility import is_hidden_on_purpose
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State, unread
from kubectl_mcdiag.path.proxies import main_cluster
from kubectl_mcdiag.path.shown import proxy_config

HIDDEN = "a Sidecar or exportTo keeps it from clients of this namespace"


def judge(view: View, call: Call) -> Hop:
    """Return how the name stands: whether the client's proxy has a cluster for it."""
    try:
        found = main_cluster(view, call)
    except Unavailable as why:
        return unread(Kind.NAME, why)
    host = found.host if found else f"{call.service}.svc"
    lines = (found.name,) if found else ()
    shown = proxy_config(view, call.source, call.client, "clusters", lines, "--fqdn", host, "--port", str(call.port))
    if found:
        return Hop(Kind.NAME, State.WORKS, values={"host": host}, seen=(shown,))
    if _is_hidden(view, call):
        return Hop(Kind.NAME, State.KEPT_AWAY, note=HIDDEN, seen=(shown,))
    return Hop(Kind.NAME, State.BROKEN, Reason.UNKNOWN_HOST, {"host": host, "port": str(call.port)}, (shown,))


def _is_hidden(view: View, call: Call) -> bool:
    found = [client for client in clients(view, call.source) if client.full_name == call.client]
    return any(is_hidden_on_purpose(view, call.source, client, call.service) for client in found)

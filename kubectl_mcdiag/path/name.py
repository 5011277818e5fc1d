"""Whether the client's proxy knows the host and port."""

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State
from kubectl_mcdiag.path.proxies import main_cluster
from kubectl_mcdiag.path.shown import proxy_config


def judge(view: View, call: Call) -> Hop:
    """Return how the name stands: whether the client's proxy has a cluster for it."""
    try:
        found = main_cluster(view, call)
    except Unavailable as why:
        return Hop(Kind.NAME, State.NOT_SEEN, note=str(why))
    host = found.host if found else f"{call.service}.svc"
    lines = (found.name,) if found else ()
    shown = proxy_config(view, call.source, call.client, "clusters", lines, "--fqdn", host, "--port", str(call.port))
    if found:
        return Hop(Kind.NAME, State.WORKS, values={"host": host}, seen=(shown,))
    return Hop(Kind.NAME, State.BROKEN, Reason.UNKNOWN_HOST, {"host": host, "port": str(call.port)}, (shown,))

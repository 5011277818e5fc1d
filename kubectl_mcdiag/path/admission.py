"""Whether the server's proxy admits a request: mutual TLS, RBAC, tokens, faults, and filters that others added."""

from dataclasses import replace

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import SERVER_DECISIONS
from kubectl_mcdiag.evidence.parsers.envoy.config import INBOUND, EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain
from kubectl_mcdiag.evidence.parsers.envoy.stats import Decisions
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks
from kubectl_mcdiag.mesh.services.authorization import principal
from kubectl_mcdiag.mesh.services.mutual_tls import ports
from kubectl_mcdiag.mesh.services.visibility import may_call
from kubectl_mcdiag.mesh.view import View, ask, fact
from kubectl_mcdiag.path.access import Caller
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.filtering import Doubt, refusals
from kubectl_mcdiag.path.guarding import filters_on, with_objects
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State, unread
from kubectl_mcdiag.path.proxies import by_service, server, server_config
from kubectl_mcdiag.path.shown import proxy_config
from kubectl_mcdiag.path.touched import INBOUND as INBOUND_CHAINS
from kubectl_mcdiag.path.touched import LEFT_OUT, guards, is_left_out, is_looked_at

UNCALLED = "a policy refuses this client, which has never called the service"
UNGUARDED = "no policy and no filter is about the server"


def judge(view: View, call: Call) -> Hop:
    """Return how admission stands; where nothing is about the server, its proxy is not read."""
    try:
        if is_left_out(view, call.source, call.client, call.service):
            return Hop(Kind.ADMISSION, State.IDLE, note=LEFT_OUT)
        if not is_read(view, call):
            return Hop(Kind.ADMISSION, State.WORKS, note=UNGUARDED)
        return _judged(view, call)
    except Unavailable as why:
        return unread(Kind.ADMISSION, why)


def is_read(view: View, call: Call) -> bool:
    """Return whether the servers' proxies are read for a call."""
    looked = is_looked_at(view, call.source, call.client, call.service)
    return looked and bool(guards(view, call.destination, call.service))


def _judged(view: View, call: Call) -> Hop:
    pod = server(view, call.destination, call.service)
    if pod is None:
        return Hop(Kind.ADMISSION, State.NOT_SEEN, note=f"no pod of {call.service} with a sidecar is ready")
    found = doubts(view, call, call.destination)
    sure = next((doubt for doubt in found if doubt.is_sure), None)
    likely = next((doubt for doubt in found if not doubt.is_sure and not _is_shared(view, call, doubt)), None)
    if sure and _is_meant(view, call):
        return replace(_hop(view, call, pod, State.KEPT_AWAY, sure), reason=Reason.NONE, note=UNCALLED)
    if sure:
        return _hop(view, call, pod, State.BROKEN, sure)
    if likely:
        return _hop(view, call, pod, State.NOT_SEEN, likely)
    return Hop(
        Kind.ADMISSION, State.WORKS, seen=(proxy_config(view, call.destination, pod.full_name, "listeners", ()),)
    )


def _is_meant(view: View, call: Call) -> bool:
    """Return whether a refusal is intended: a client of another namespace, never called, refused everywhere."""
    client = next((pod for pod in clients(view, call.source) if pod.full_name == call.client), None)
    if client is None or may_call(view, call.source, client, call.service) or _has_called(view, call):
        return False
    own = server(view, call.source, call.service)
    return own is None or any(doubt.is_sure for doubt in ask(lambda: doubts(view, call, call.source)) or ())


def _has_called(view: View, call: Call) -> bool:
    found = by_service(view, call.source, call.client).get(call.service, ())
    return any(host.connections or host.requests or host.errors for cluster in found for host in cluster.hosts)


def _is_shared(view: View, call: Call, doubt: Doubt) -> bool:
    """Return whether the servers of the client's own cluster ask the same, so that it is meant and clients know it."""
    own = server(view, call.source, call.service)
    known = ask(lambda: doubts(view, call, call.source)) if own else ()
    return own is None or any(other.reason is doubt.reason for other in known or ())


def _hop(view: View, call: Call, pod: Pod, state: State, doubt: Doubt) -> Hop:
    objects = filters_on(view, call.destination, pod, INBOUND_CHAINS, doubt.values.get("filter", ""))
    policy = with_objects(doubt.values.get("policy", ""), objects)
    values = {
        "server": pod.full_name,
        "context": call.destination,
        **doubt.values,
        "policy": policy,
        "objects": objects,
    }
    lines = tuple(f"{key}: {value}" for key, value in doubt.values.items() if value)
    flags = ("--port", "15006", "-o", "json")
    shown = proxy_config(view, call.destination, pod.full_name, "listeners", lines, *flags)
    return Hop(Kind.ADMISSION, state, doubt.reason, values, (shown,))


@fact
def doubts(view: View, call: Call, context: str) -> tuple[Doubt, ...]:
    """Return what may refuse a call's requests at the servers of a cluster, in the order that they meet it."""
    pod = server(view, context, call.service)
    if pod is None:
        return ()
    target = dict(ports(view, context, call.service)).get(call.port, 0)
    chain = inbound(server_config(view, context, pod.full_name), target)
    if chain is None:
        is_sure = crosses_networks(view, call.source, call.destination)
        return (Doubt(Reason.NOT_TAKEN, is_sure, {"port": str(target)}),)
    caller = Caller(_identity(view, call), target)
    return tuple(refusals(chain, caller, lambda: _decisions(view, context, pod, target)))


def _decisions(view: View, context: str, pod: Pod, port: int) -> Decisions:
    """Return how often a server has admitted and refused requests on a port, which only what depends on them needs."""
    return view.read(SERVER_DECISIONS, context, pod.full_name).get(f"inbound_0.0.0.0_{port}", Decisions())


def inbound(config: EnvoyConfig, port: int) -> FilterChain | None:
    """Return the chain by which a server's proxy accepts mutual TLS on a port, None where it takes none."""
    chains = [c for state in config.listeners if state.name == INBOUND for c in state.listener.filter_chains]
    secure = [chain for chain in chains if chain.needs_certificate]
    own = [chain for chain in chains if chain.filter_chain_match.destination_port == port]
    meant = [chain for chain in secure if chain in own] or [
        chain for chain in secure if not own and not chain.filter_chain_match.destination_port
    ]
    return next(iter(meant), None)


def _identity(view: View, call: Call) -> str:
    pod = next((pod for pod in clients(view, call.source) if pod.full_name == call.client), None)
    return f"spiffe://{principal(view, call.source, pod)}" if pod else ""

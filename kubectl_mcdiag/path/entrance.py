"""Whether the gateway of the other network admits calls: its listener, the filter chain for their SNI, endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import GATEWAY_CLUSTERS
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain, ListenerState
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import crosses_networks, network
from kubectl_mcdiag.mesh.networks.gateway_proxies import gateway_proxy, target_port
from kubectl_mcdiag.mesh.networks.gateways import gateway_at
from kubectl_mcdiag.mesh.services.endpoints import is_healthy
from kubectl_mcdiag.mesh.view import View, ask, fact
from kubectl_mcdiag.path.access import Caller, lets_through
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.connection import works
from kubectl_mcdiag.path.endpoints import leading
from kubectl_mcdiag.path.guarding import filters_on, names_of, with_objects
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.proxies import client_config, gateway_config
from kubectl_mcdiag.path.shown import proxy_config
from kubectl_mcdiag.path.touched import GATEWAY, is_looked_at

ONE_NETWORK = "both clusters are on one network"
ARRIVES = "calls arrive"
UNREAD = "nothing speaks against it"


@dataclass(frozen=True, slots=True)
class Entry:
    """A gateway's pod that a call enters by: where it stands, the port it listens on, and the SNI of the call."""

    context: str
    gateway: str
    pod: Pod
    port: int
    sni: str


@fact
def entries(view: View, call: Call) -> tuple[Entry, ...]:
    """Return every gateway that the endpoints of a call stand for, with each SNI that is sent there."""
    found: dict[tuple[str, str, str], Entry] = {}
    for one in leading(view, call):
        for host in one.hosts:
            at = gateway_at(view, network(view, call.destination), host.address)
            pod = at and gateway_proxy(view, at[0], at[1].full_name)
            if at and pod:
                port, sni = target_port(view, at[0], at[1].full_name), sni_of(view, call, one.cluster)
                found[(at[0], pod.full_name, sni)] = Entry(at[0], at[1].full_name, pod, port, sni)
    return tuple(found.values())


def sni_of(view: View, call: Call, cluster: EnvoyCluster) -> str:
    """Return the server name that calls to a cluster carry; Istio's own where the cluster's settings are unread."""
    config = ask(lambda: client_config(view, call))
    settings = config and config.cluster(cluster.name)
    default = f"outbound_.{cluster.port}_.{cluster.subset}_.{cluster.host}"
    return settings.sni if settings and settings.mutual else default


def judge(view: View, call: Call) -> Hop:
    """Return how the entrance stands."""
    if not crosses_networks(view, call.source, call.destination):
        return Hop(Kind.ENTRANCE, State.WORKS, note=ONE_NETWORK)
    try:
        if works(view, call):
            return Hop(Kind.ENTRANCE, State.WORKS, note=ARRIVES)
        if not is_looked_at(view, call.source, call.client, call.service):
            return Hop(Kind.ENTRANCE, State.IDLE, note=UNREAD)
        return _judged(view, call)
    except Unavailable as why:
        return unread(Kind.ENTRANCE, why)


def _judged(view: View, call: Call) -> Hop:
    found = entries(view, call)
    if not found:
        return Hop(Kind.ENTRANCE, State.NOT_SEEN, note="no pod of the gateway is known")
    wrong = (hop for one in found for hop in _wrong(view, one))
    shown = tuple(_listeners(view, one, one.sni) for one in found)
    return next(wrong, Hop(Kind.ENTRANCE, State.WORKS, seen=shown))


def _wrong(view: View, entry: Entry) -> Iterator[Hop]:
    config = gateway_config(view, entry.context, entry.gateway, entry.pod.full_name)
    listener = _listener(config, entry.port)
    if listener is None or not listener.is_active:
        refused = f": {listener.refused}" if listener and listener.refused else ""
        yield _broken(view, entry, Reason.NOT_LISTENING, refused, refused=refused)
    elif listener.listener.wants_proxy_protocol:
        yield _broken(view, entry, Reason.PROXY_PROTOCOL, "envoy.filters.listener.proxy_protocol")
    elif (chain := chain_for(listener, entry.sni)) is None:
        yield _broken(view, entry, Reason.NO_CHAIN, f"no chain for {entry.sni}")
    elif refusing := _refusing(entry, chain):
        objects = filters_on(view, entry.context, entry.pod, GATEWAY)
        policy = with_objects(refusing, objects)
        yield _broken(view, entry, Reason.TURNED_AWAY, policy, policy=policy, objects=objects)
    else:
        yield from _behind(view, entry, chain)


def _listener(config: EnvoyConfig, port: int) -> ListenerState | None:
    found = [one for one in config.listeners if one.port == port]
    return max(found, key=lambda one: one.is_active, default=None)


def chain_for(listener: ListenerState, sni: str) -> FilterChain | None:
    """Return the filter chain that takes a server name: the exact one, else the closest wildcard, else one for any."""
    by_name = {name: chain for chain in listener.listener.filter_chains for name in _names(chain)}
    parts = sni.split(".")
    wildcards = ["*." + ".".join(parts[index:]) for index in range(1, len(parts))]
    return next((by_name[name] for name in (sni, *wildcards, "") if name in by_name), None)


def _names(chain: FilterChain) -> tuple[str, ...]:
    return chain.filter_chain_match.server_names or ("",)


def _refusing(entry: Entry, chain: FilterChain) -> str:
    """Return the policy by which a chain refuses whoever calls; a gateway that passes mutual TLS on knows no caller."""
    rules = (one.typed_config.rules for one in chain.filters if one.typed_config.rules)
    return next((names_of(one) for one in rules if lets_through(one, Caller("", entry.port)) is False), "")


def _behind(view: View, entry: Entry, chain: FilterChain) -> Iterator[Hop]:
    clusters = {c.name: c for c in view.read(GATEWAY_CLUSTERS, entry.context, entry.pod.full_name)}
    for name in chain.clusters:
        found = clusters.get(name)
        if name.startswith("outbound_") and not (found and any(map(is_healthy, found.hosts))):
            shown = proxy_config(view, entry.context, entry.pod.full_name, "endpoint", (name,), "--cluster", name)
            yield Hop(Kind.ENTRANCE, State.BROKEN, Reason.NOTHING_BEHIND, _values(entry), (shown,))


def _broken(view: View, entry: Entry, reason: Reason, line: str, **values: str) -> Hop:
    return Hop(Kind.ENTRANCE, State.BROKEN, reason, {**_values(entry), **values}, (_listeners(view, entry, line),))


def _values(entry: Entry) -> dict[str, str]:
    return {"gateway": entry.pod.full_name, "port": str(entry.port), "sni": entry.sni, "context": entry.context}


def _listeners(view: View, entry: Entry, *lines: str) -> Seen:
    flags = ("--port", str(entry.port), "-o", "json")
    return proxy_config(view, entry.context, entry.pod.full_name, "listeners", lines, *flags)

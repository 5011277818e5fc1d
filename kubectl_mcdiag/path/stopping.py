"""What stops calls at the client's own proxy beside its routes: outbound filters, and no time to connect."""

from collections.abc import Iterable, Iterator

from kubectl_mcdiag.evidence.parsers.envoy.routing import Cluster, seconds
from kubectl_mcdiag.evidence.parsers.envoy.stats import Decisions
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.services.policy import destination_rules
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.access import Caller
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.filtering import Doubt, refusals
from kubectl_mcdiag.path.guarding import filters_on, patching_clusters, with_objects
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State
from kubectl_mcdiag.path.proxies import client_config
from kubectl_mcdiag.path.routes import Destination, chains
from kubectl_mcdiag.path.shown import proxy_config
from kubectl_mcdiag.path.touched import OUTBOUND

MESH_WIDE = "connectTimeout of the mesh configuration"
LEAST_TIME = 0.005
"""Seconds; a request or a connection to another cluster needs more."""


def stopped(view: View, call: Call, leading: Iterable[Destination]) -> Iterator[Hop]:
    """Yield why requests do not leave the client's proxy, the surest reason first."""
    pod = next(pod for pod in clients(view, call.source) if pod.full_name == call.client)
    found = tuple(_doubts(view, call))
    yield from (_by_filter(view, call, pod, doubt) for doubt in found if doubt.is_sure)
    yield from _without_time(view, call, pod, leading)
    foreign = (doubt for doubt in found if doubt.reason is Reason.FOREIGN_FILTER)
    yield from (_by_filter(view, call, pod, doubt) for doubt in foreign if filters_on(view, call.source, pod, OUTBOUND))


def _doubts(view: View, call: Call) -> Iterator[Doubt]:
    address = services(view, call.source)[call.service].cluster_ip
    for chain in chains(client_config(view, call), address, call.port):
        yield from refusals(chain, Caller("", call.port), Decisions)


def _by_filter(view: View, call: Call, pod: Pod, doubt: Doubt) -> Hop:
    objects = filters_on(view, call.source, pod, OUTBOUND, doubt.values["filter"])
    policy = with_objects(doubt.values.get("policy", ""), objects)
    state, reason = (State.BROKEN, Reason.STOPPED) if doubt.is_sure else (State.NOT_SEEN, Reason.FILTERED)
    shown = proxy_config(
        view, call.source, call.client, "listeners", (f"filter: {doubt.values['filter']}",),
        "--port", str(call.port), "-o", "json",
    )  # fmt: skip
    return Hop(Kind.ROUTE, state, reason, {**doubt.values, "policy": policy, "objects": objects}, (shown,))


def _without_time(view: View, call: Call, pod: Pod, leading: Iterable[Destination]) -> Iterator[Hop]:
    config = client_config(view, call)
    for found in filter(None, (config.cluster(one.cluster) for one in leading)):
        if 0 < seconds(found.connect_timeout) <= LEAST_TIME:
            yield _too_soon(view, call, pod, found)


def _too_soon(view: View, call: Call, pod: Pod, found: Cluster) -> Hop:
    rules = [rule for _, rule in destination_rules(view, call.source, call.service) if rule.connect_timeouts]
    objects = "" if rules else patching_clusters(view, call.source, pod)
    policy = ", ".join(f"DestinationRule {rule.full_name}" for rule in rules) or objects or MESH_WIDE
    flags = ("--fqdn", found.name.rpartition("|")[2], "-o", "json")
    line = f"connectTimeout: {found.connect_timeout}"
    shown = proxy_config(view, call.source, call.client, "clusters", (line,), *flags)
    values = {"timeout": found.connect_timeout, "policy": policy, "objects": objects}
    return Hop(Kind.ROUTE, State.BROKEN, Reason.NO_CONNECT_TIME, values, (shown,))

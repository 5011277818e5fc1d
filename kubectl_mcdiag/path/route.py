"""Where the client's proxy sends a plain request, subsets included; or whether it answers by itself."""

from collections.abc import Iterator
from itertools import chain

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.parsers.envoy.routing import Route, VirtualHost, seconds
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.view import View, fact
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.proxies import by_name, client_config, main_cluster
from kubectl_mcdiag.path.routes import Destination, destinations, plain, tcp_clusters, virtual_host
from kubectl_mcdiag.path.shown import proxy_config
from kubectl_mcdiag.path.stopping import LEAST_TIME, stopped
from kubectl_mcdiag.path.touched import LEFT_OUT, is_left_out, is_looked_at

UNTOUCHED = "no object alters it, so that it is the one that istiod makes by itself"


def judge(view: View, call: Call) -> Hop:
    """Return how the route stands; without any object that alters it, it is not read."""
    try:
        if is_left_out(view, call.source, call.client, call.service):
            return Hop(Kind.ROUTE, State.IDLE, note=LEFT_OUT)
        if not is_looked_at(view, call.source, call.client, call.service):
            return Hop(Kind.ROUTE, State.WORKS, note=UNTOUCHED)
        return _judged(view, call)
    except Unavailable as why:
        return unread(Kind.ROUTE, why)


@fact
def targets(view: View, call: Call) -> tuple[Destination, ...]:
    """Return the clusters of the client's proxy that calls go to; that of the whole service where routes are unread."""
    found: tuple[Destination, ...] = ()
    if is_looked_at(view, call.source, call.client, call.service):
        try:
            found = tuple(one for one in _destinations(view, call) if _exists(view, call, one.cluster))
        except Unavailable:
            found = ()
    default = main_cluster(view, call)
    return found or ((Destination("", default.name, 100),) if default else ())


def routes_unread(view: View, call: Call) -> Unavailable | None:
    """Return why the routes of a call are not known, so that `targets` is its whole service; None if they are."""
    if is_looked_at(view, call.source, call.client, call.service):
        try:
            client_config(view, call)
        except Unavailable as why:
            return why
    return None


def _exists(view: View, call: Call, cluster: str) -> bool:
    """Return whether the client's proxy has a cluster; one without endpoints is known by settings or Service."""
    if cluster in by_name(view, call.source, call.client) or client_config(view, call).cluster(cluster):
        return True
    _, port, subset, host = (*cluster.split("|"), "", "", "")[:4]
    service = services(view, call.source).get(".".join(host.split(".")[:2]))
    if service is None or service.full_name == call.service or subset:
        return False
    return any(str(one.port) == port for one in service.ports)


def _destinations(view: View, call: Call) -> tuple[Destination, ...]:
    config = client_config(view, call)
    found = virtual_host(config, _host(view, call), call.port)
    if found:
        return destinations(found)
    address = services(view, call.source)[call.service].cluster_ip
    return tuple(Destination("", cluster, 100) for cluster in tcp_clusters(config, address, call.port))


def _host(view: View, call: Call) -> str:
    found = main_cluster(view, call)
    return found.host if found else host_of(view, call.source, call.service)


def _judged(view: View, call: Call) -> Hop:
    found = virtual_host(client_config(view, call), _host(view, call), call.port)
    leading = _destinations(view, call)
    wrong = chain(
        _wrong(view, call, found) if found else (), _nowhere(view, call, leading), stopped(view, call, leading)
    )
    return next(wrong, Hop(Kind.ROUTE, State.WORKS, seen=(_shown(view, call, *map(_line, leading)),)))


def _line(one: Destination) -> str:
    share = f" {one.share}" if one.share != 100 else ""
    return f"{one.path or 'TCP'} → {one.cluster}{share}"


def _wrong(view: View, call: Call, found: VirtualHost) -> Iterator[Hop]:
    routes = tuple(plain(found))
    if not routes:
        values = {"host": found.name}
        yield Hop(Kind.ROUTE, State.BROKEN, Reason.NO_ROUTE, values, (_shown(view, call, found.name),))
    for route in routes:
        yield from _by_itself(view, call, route)


def _by_itself(view: View, call: Call, route: Route) -> Iterator[Hop]:
    abort = route.typed_per_filter_config.fault.abort
    if abort and abort.percentage.is_all:
        yield _broken(view, call, Reason.ABORTED, route, "fault: abort", status=str(abort.http_status))
    elif route.direct_response:
        status = str(route.direct_response.status)
        yield _broken(view, call, Reason.ABORTED, route, "directResponse", status=status)
    elif route.redirect:
        yield _broken(view, call, Reason.REDIRECTED, route, "redirect")
    elif route.route and 0 < seconds(route.route.timeout) <= LEAST_TIME:
        timeout = route.route.timeout
        yield _broken(view, call, Reason.NO_TIME, route, f"timeout: {timeout}", timeout=timeout)


def _nowhere(view: View, call: Call, leading: tuple[Destination, ...]) -> Iterator[Hop]:
    for one in leading:
        if not _exists(view, call, one.cluster):
            line = f"cluster: {one.cluster}"
            yield _broken(view, call, Reason.ROUTE_TO_NOWHERE, one.route, line, cluster=one.cluster)


def _broken(view: View, call: Call, reason: Reason, route: Route | None, line: str, **values: str) -> Hop:
    found = {"path": route.match.text if route else "/", "resource": route.metadata.resource if route else ""}
    return Hop(Kind.ROUTE, State.BROKEN, reason, {**found, **values}, (_shown(view, call, line),))


def _shown(view: View, call: Call, *lines: str) -> Seen:
    flags = ("--name", str(call.port), "-o", "json")
    return proxy_config(view, call.source, call.client, "routes", tuple(lines), *flags)

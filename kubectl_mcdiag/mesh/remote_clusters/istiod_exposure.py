"""What a primary's gateway serves of its istiod: ports of the Service, servers of Gateways, routes from there."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Gateway, GatewayServer
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import VirtualService
from kubectl_mcdiag.mesh.access.identity import istiod_pods, services
from kubectl_mcdiag.mesh.networks.gateways import gateway_pods
from kubectl_mcdiag.mesh.remote_clusters.remotes import WEBHOOK, XDS
from kubectl_mcdiag.mesh.view import View, fact

PORTS = (XDS, WEBHOOK)
ISTIOD_GATEWAY = "istiod-gateway"


@dataclass(frozen=True, slots=True)
class Opening:
    """One server of a Gateway, `index` its place among them."""

    gateway: Gateway
    server: GatewayServer
    index: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What an entrance lacks.

    `ports`: those that its Service lacks. `closed`: those on which no Gateway forwards TLS; `wrong`: servers on them
    that do something else. `gateways`: those that forward TLS (`namespace/name`), and whether one is routed to istiod.
    """

    ports: tuple[int, ...]
    closed: tuple[int, ...]
    wrong: tuple[Opening, ...]
    gateways: tuple[str, ...]
    is_routed: bool


@fact
def istiod_gateways(view: View, plane: str, entrance: str) -> tuple[Gateway, ...]:
    """Return the Gateways that the pods behind a Service of `plane` serve, or would if there were any."""
    labels = [pod.labels for pod in gateway_pods(view, plane, entrance)] or [services(view, plane)[entrance].selector]
    return tuple(
        gateway
        for gateway in view.read(ISTIO_CONFIG, plane, kind="gateways").gateways
        if any(gateway.selector.items() <= own.items() for own in labels)
    )


def gap_of(view: View, plane: str, entrance: Service) -> Gap:
    """Return what is missing between an entrance of a primary and its istiod."""
    found = tuple(
        Opening(gateway, server, index)
        for gateway in istiod_gateways(view, plane, entrance.full_name)
        for index, server in enumerate(gateway.servers)
        if server.port in PORTS
    )
    passing = tuple(one for one in found if one.server.tls_mode == "PASSTHROUGH")
    gateways = tuple(sorted({f"{one.gateway.namespace}/{one.gateway.name}" for one in passing}))
    closed = tuple(port for port in PORTS if port not in {one.server.port for one in passing})
    there = {port.port for port in entrance.ports}
    return Gap(
        ports=tuple(port for port in PORTS if port not in there),
        closed=closed,
        wrong=tuple(one for one in found if one.server.port in closed),
        gateways=gateways,
        is_routed=any(is_routed(view, plane, one) for one in gateways),
    )


def is_routed(view: View, plane: str, gateway: str) -> bool:
    """Return whether a VirtualService leads from a Gateway (`namespace/name`) to istiod."""
    return any(_serves(view, plane, host, rule) for rule, host in _routes(view, plane, gateway))


@fact
def misrouted(view: View, plane: str, gateway: str) -> tuple[tuple[str, str], ...]:
    """Return the VirtualServices that lead from a Gateway to an istiod that does not run, and its host in each.

    The Service of a revision that is gone, say (istio/istio#47552).
    """
    found = ((rule, host) for rule, host in _routes(view, plane, gateway) if not _serves(view, plane, host, rule))
    return tuple(dict.fromkeys((rule.full_name, host) for rule, host in found))


def _routes(view: View, plane: str, gateway: str) -> Iterator[tuple[VirtualService, str]]:
    names = {gateway, gateway.partition("/")[2]}
    for rule in view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services:
        if names & set(rule.gateways):
            yield from ((rule, route.host) for route in rule.routes if route.host.startswith("istiod"))


def _serves(view: View, plane: str, host: str, rule: VirtualService) -> bool:
    """Return whether a host is a Service that selects an istiod pod, if there is one at all."""
    name, _, rest = host.partition(".")
    found = services(view, plane).get(f"{name}.{rest.partition('.')[0] or rule.namespace}")
    there = istiod_pods(view, plane)
    return not there or (found is not None and any(found.selector.items() <= pod.labels.items() for pod in there))

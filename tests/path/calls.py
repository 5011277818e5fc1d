"""One call in a mesh made in code: a client in cluster `a` calls web, which serves in `b` alone or in both."""

from collections.abc import Mapping
from typing import Any

import msgspec

from kubectl_mcdiag.evidence.commands import (
    CLIENT_CONFIG,
    ENVOY_CLUSTERS_LATER,
    GATEWAY_CLUSTERS,
    GATEWAY_CONFIG,
    PROXY_ENDPOINTS,
    SERVER_CONFIG,
    SERVER_DECISIONS,
)
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig, Secret
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.envoy.listening import Listener, ListenerState
from kubectl_mcdiag.evidence.parsers.envoy.routing import Cluster, RouteTable
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.call import Call
from tests import made

PAIR = Pair("a", "b")
CALL = Call(PAIR, "client.shop", "web.shop", 80)
HOST = "web.shop.svc.cluster.local"
WHOLE = f"outbound|80||{HOST}"
NEAR, FAR, GATEWAY = "10.1.0.1", "10.2.0.1", "172.0.0.1"
INJECTING = made.namespace("shop", {"istio-injection": "enabled"})
CLIENT = made.pod("client", {"app": "client"}, addresses=("10.1.0.9",), service_account="me")
ENTRANCE = made.service(
    "gw.istio-system", {"app": "gw"}, 15443, labels={made.NETWORK: "y"}, ingress=(GATEWAY,), external_ips=()
)


def host(address: str, **changes: Any) -> Host:
    """Return an endpoint that nobody has called, with some counters."""
    usual = {"port": 80, "health": "HEALTHY", "ejected": False, "priority": 0}
    counters = dict.fromkeys(("connect_failures", "connections", "active", "successes", "requests"), 0)
    return Host(address, **{**usual, **counters, **changes})


def envoy(*hosts: Host, name: str = WHOLE) -> EnvoyCluster:
    """Return a cluster of Envoy's."""
    direction, port, subset, full = name.split("|")
    return EnvoyCluster(name, direction, int(port), subset, full, hosts)


def config(**parts: Any) -> EnvoyConfig:
    """Return a dump, its listeners, routes, clusters and secrets as Envoy writes them."""
    kinds = {"routes": RouteTable, "clusters": Cluster}
    found = {part: tuple(msgspec.convert(one, kind) for one in parts.get(part, ())) for part, kind in kinds.items()}
    secrets = {name: msgspec.convert(one, Secret) for name, one in parts.get("secrets", {}).items()}
    return EnvoyConfig(tuple(parts.get("listeners", ())), found["routes"], found["clusters"], secrets, ())


def listener(name: str, port: int, *chains: Any, active: bool = True, refused: str = "", **more: Any) -> ListenerState:
    """Return a listener with filter chains as Envoy writes them."""
    found = msgspec.convert({"name": name, "filter_chains": chains, **more}, Listener)
    return ListenerState(name, port, active, refused, found)


def mesh(
    *hosts: Host,
    clusters: tuple[EnvoyCluster, ...] | None = None,
    later: tuple[EnvoyCluster, ...] | None = None,
    here: tuple[Any, ...] = (),
    there: tuple[Any, ...] = (),
    networks: tuple[str, str] = ("", ""),
    client: EnvoyConfig | None = None,
    server: EnvoyConfig | None = None,
    gateway: EnvoyConfig | None = None,
    behind: tuple[EnvoyCluster, ...] = (),
    decisions: Mapping[str, Any] | None = None,
    near: bool = True,
    more: Mapping[Any, Any] | None = None,
    **settings: Any,
) -> View:
    """Return the mesh in which the client's Envoy has these endpoints of web, and proxies hold what is given."""
    found = (envoy(*hosts),) if clusters is None else clusters
    asked: dict[Any, Any] = {(PROXY_ENDPOINTS, CALL.client): found, **(more or {})}
    asked |= {(ENVOY_CLUSTERS_LATER, CALL.client): later} if later is not None else {}
    asked |= {(CLIENT_CONFIG, "client.shop web.shop/10.0.0.1/80"): client} if client else {}
    far: dict[Any, Any] = {
        (SERVER_DECISIONS, "web-0.shop"): decisions or {},
        (GATEWAY_CLUSTERS, "gw-0.istio-system"): behind,
    }
    far |= {(SERVER_CONFIG, "web-0.shop inbound"): server} if server else {}
    far |= {(GATEWAY_CONFIG, "gw-0.istio-system 15443"): gateway} if gateway else {}
    entrance = [ENTRANCE, made.gateway("gw-0.istio-system", {"app": "gw"})] if networks[1] == "y" else []
    entrance += [made.endpoints("gw.istio-system", made.endpoint("10.2.0.9", "gw-0"), p15443=15443)] if entrance else []
    own = made.served("web", NEAR) if near else [made.service("web", None, 80)]
    return made.view(
        {
            "a": made.cluster(
                made.istiod(cluster_id="a"), INJECTING, CLIENT, *own, *here, network=networks[0], more=asked
            ),
            "b": made.cluster(
                made.istiod(cluster_id="b"),
                INJECTING,
                *made.served("web", FAR),
                *entrance,
                *there,
                network=networks[1],
                more=far,
            ),
        },
        **settings,
    )

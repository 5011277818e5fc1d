"""East-west gateways: their Services, their pods, and the Gateways that expose services on them."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import NETWORKING, created, deleted, edited, name, new, rolled, some
from lab.mutate.ground import Found, Ground
from lab.mutate.registry import kind
from lab.shape import GatewayKind

FAMILY = "gateways"
NETWORK = "topology.istio.io/network"
Object = dict[str, Any]
Edit = Callable[[Object], object]


def _tls(copy: Object) -> Object:
    found: Object = next(port for port in copy["spec"]["ports"] if port["port"] == 15443)
    return found


def _without_port(copy: Object) -> None:
    copy["spec"]["ports"].remove(_tls(copy))


def _annotation(key: str, value: str) -> Edit:
    def edit(copy: Object) -> None:
        copy["metadata"].setdefault("annotations", {})[key] = value

    return edit


def _server(**fields: Any) -> Edit:
    return lambda copy: copy["spec"]["servers"][0].update(fields)


def _network_view(copy: Object) -> None:
    environment = copy["spec"]["template"]["spec"]["containers"][0]["env"]
    environment[:] = [
        {**one, "value": "network9"} if one["name"].endswith("NETWORK_VIEW") else one for one in environment
    ]


SERVICES: dict[str, Edit] = {
    "no network label": lambda copy: copy["metadata"]["labels"].pop(NETWORK),
    "another network": lambda copy: copy["metadata"]["labels"].update({NETWORK: "network9"}),
    "no port 15443": _without_port,
    "another target port": lambda copy: _tls(copy).update(targetPort=15444),
    "another port": lambda copy: _tls(copy).update(port=15444),
    "ClusterIP": lambda copy: copy["spec"].update(type="ClusterIP"),
    "NodePort": lambda copy: copy["spec"].update(type="NodePort"),
    "a selector that no pod has": lambda copy: copy["spec"]["selector"].update(tier="edge"),
    "a gateway port that it does not serve": lambda copy: copy["metadata"]["labels"].update(
        {"networking.istio.io/gatewayPort": "15444"}
    ),
    "a second, dead address": lambda copy: copy["spec"].update(externalIPs=["172.31.0.98"]),
    "externalTrafficPolicy Local": lambda copy: copy["spec"].update(externalTrafficPolicy="Local"),
    "no address": _annotation("mcdiag-lab/load-balancer", "none"),
    "one port more": lambda copy: copy["spec"]["ports"].append({"name": "extra", "port": 15999}),
}
EXPOSURES: dict[str, Edit] = {
    "the sample alone": _server(hosts=["*.sample.svc.cluster.local"]),
    "the shop alone": _server(hosts=["*.shop.svc.cluster.local"]),
    "every service by the domain": _server(hosts=["*.svc.cluster.local"]),
    "any host": _server(hosts=["*"]),
    "another domain": _server(hosts=["*.global"]),
    "one service": _server(hosts=["stock-1.shop.svc.cluster.local"]),
    "passed through": _server(tls={"mode": "PASSTHROUGH"}),
    "mutual TLS of its own": _server(tls={"mode": "ISTIO_MUTUAL"}),
    "another port": _server(port={"number": 15444, "name": "tls", "protocol": "TLS"}),
    "a selector that no pod has": lambda copy: copy["spec"].update(selector={"istio": "edge"}),
}

SERVERS: dict[str, Object] = {
    "the same port again": {
        "port": {"number": 15443, "name": "tls", "protocol": "TLS"},
        "tls": {"mode": "AUTO_PASSTHROUGH"},
        "hosts": ["*.local"],
    },
    "HTTP on 8080": {"port": {"number": 8080, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]},
    "HTTP on 15443": {"port": {"number": 15443, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]},
}


@kind
def service(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the Service that publishes a gateway."""
    found = _of(ground, "Service")
    about = chance.choice(list(SERVICES))
    return edited(FAMILY, f"gateway's Service: {about}", [chance.choice(found)], SERVICES[about]) if found else None


@kind
def exposure(chance: Random, ground: Ground) -> Mutation | None:
    """Draw what a Gateway exposes."""
    found = _exposures(ground)
    about = chance.choice(list(EXPOSURES))
    return edited(FAMILY, f"Gateway exposes {about}", [chance.choice(found)], EXPOSURES[about]) if found else None


@kind
def second_exposure(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a second Gateway beside the first: for ingress, or for the same port."""
    if not _exposures(ground):
        return None
    about = chance.choice(list(SERVERS))
    spec = {"selector": {"istio": "eastwestgateway"}, "servers": [SERVERS[about]]}
    made = new(NETWORKING, "Gateway", ground.shape.istio_namespace, name(chance, "gateway"), spec)
    return created(FAMILY, f"a second Gateway: {about}", some(chance, ground.shape.primary_clusters), made)


@kind
def pods(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the pods of a gateway."""
    found = _of(ground, "Deployment")
    edits: dict[str, Edit] = {
        "no pods": lambda copy: copy["spec"].update(replicas=0),
        "two pods": lambda copy: copy["spec"].update(replicas=2),
        "another network view": _network_view,
        "another network": lambda copy: _labels(copy).update({NETWORK: "network9"}),
        "a team": lambda copy: _labels(copy).update(team="amber"),
    }
    about = chance.choice(list(edits))
    if not found or ground.shape.gateway is GatewayKind.GATEWAY_API:
        return None
    return rolled(edited(FAMILY, f"gateway's pods: {about}", [chance.choice(found)], edits[about]))


@kind
def missing(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a gateway's Service or Gateway that is there no more."""
    found = [*_of(ground, "Service"), *_exposures(ground)]
    if not found:
        return None
    one = chance.choice(found)
    # What is gone has no name to be called by: it is enough to say which network has no gateway.
    known = ("east-west gateway", ground.shape.network(one.cluster))
    return replace(deleted(FAMILY, [one]), subjects=(one.subject(known, ("no gateway exposes", one.cluster.name)),))


def _labels(copy: Object) -> dict[str, str]:
    found: dict[str, str] = copy["spec"]["template"]["metadata"]["labels"]
    return found


def _of(ground: Ground, what: str) -> list[Found]:
    """Return the gateways' objects of a kind; none where istiod makes them from a Gateway."""
    if ground.shape.gateway is GatewayKind.GATEWAY_API:
        return []
    return [ground.gateway(cluster, what) for cluster in ground.shape.gateway_clusters()]


def _exposures(ground: Ground) -> list[Found]:
    found = ground.of("Gateway", [ground.shape.istio_namespace])
    return [one for one in found if one.name == "cross-network-gateway"]

"""Deployments of services and clients: their pods' labels, annotations, containers, and how many there are."""

from collections.abc import Callable
from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import edited, rolled
from lab.mutate.ground import Found, Ground
from lab.mutate.registry import kind

FAMILY = "workloads"
Deployment = dict[str, Any]
Edit = Callable[[Deployment], None]


def _label(key: str, value: str) -> Edit:
    def edit(copy: Deployment) -> None:
        copy["spec"]["template"]["metadata"].setdefault("labels", {})[key] = value

    return edit


def _annotation(key: str, value: str) -> Edit:
    def edit(copy: Deployment) -> None:
        copy["spec"]["template"]["metadata"].setdefault("annotations", {})[key] = value

    return edit


def _container(**fields: Any) -> Edit:
    def edit(copy: Deployment) -> None:
        copy["spec"]["template"]["spec"]["containers"][0].update(fields)

    return edit


def _listening(copy: Deployment) -> None:
    environment = copy["spec"]["template"]["spec"]["containers"][0].setdefault("env", [])
    environment[:] = [*(one for one in environment if one["name"] != "LISTEN"), {"name": "LISTEN", "value": ":5998"}]


def _alone(copy: Deployment) -> None:
    environment = copy["spec"]["template"]["spec"]["containers"][0].setdefault("env", [])
    environment[:] = [
        *(one for one in environment if one["name"] != "LISTEN"),
        {"name": "LISTEN", "value": "127.0.0.1:5000"},
    ]


LABELS: dict[str, Edit] = {
    "a network of its own": _label("topology.istio.io/network", "network9"),
    "the other network": _label("topology.istio.io/network", "network1"),
    "no sidecar": _label("sidecar.istio.io/inject", "false"),
    "TLS mode disabled": _label("security.istio.io/tlsMode", "disabled"),
    "another version": _label("version", "v9"),
    "a revision that is not there": _label("istio.io/rev", "canary9"),
    "a team": _label("team", "amber"),
    "a cluster of its own": _label("topology.istio.io/cluster", "cluster9"),
}
ANNOTATIONS: dict[str, Edit] = {
    "no inbound port through Envoy": _annotation("traffic.sidecar.istio.io/includeInboundPorts", ""),
    "its port past Envoy": _annotation("traffic.sidecar.istio.io/excludeInboundPorts", "5000,6000"),
    "calls past Envoy": _annotation("traffic.sidecar.istio.io/excludeOutboundPorts", "5000,6000"),
    "no address through Envoy": _annotation("traffic.sidecar.istio.io/includeOutboundIPRanges", "192.0.2.0/24"),
    "two threads": _annotation("proxy.istio.io/config", '{"concurrency": 2}'),
    "its proxy on another istiod": _annotation(
        "proxy.istio.io/config", '{"discoveryAddress": "istiod.other.svc:15012"}'
    ),
    "no DNS through Envoy": _annotation(
        "proxy.istio.io/config", '{"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}'
    ),
    "a certificate of one hour": _annotation("proxy.istio.io/config", '{"proxyMetadata": {"SECRET_TTL": "1h"}}'),
}
CONTAINERS: dict[str, Edit] = {
    "listens on another port": _listening,
    "listens to itself alone": _alone,
    "is never ready": _container(readinessProbe={"tcpSocket": {"port": 5997}, "periodSeconds": 1}),
    "has a probe": _container(readinessProbe={"tcpSocket": {"port": 5000}, "periodSeconds": 1}),
    "has an image that is not there": _container(image="localhost/mcdiag/nowhere:1"),
}


@kind
def label(chance: Random, ground: Ground) -> Mutation:
    """Draw a label of a workload's pods."""
    return _changed(chance, ground, LABELS)


@kind
def annotation(chance: Random, ground: Ground) -> Mutation:
    """Draw an annotation of a workload's pods."""
    return _changed(chance, ground, ANNOTATIONS)


@kind
def container(chance: Random, ground: Ground) -> Mutation:
    """Draw what a workload's container does."""
    return _changed(chance, ground, CONTAINERS, clients=False)


@kind
def number(chance: Random, ground: Ground) -> Mutation:
    """Draw how many pods a workload has."""
    many = chance.choice([0, 0, 2])

    def edit(copy: Deployment) -> None:
        copy["spec"]["replicas"] = many

    one = _one(chance, ground, clients=False)
    return rolled(edited(FAMILY, f"{one.name}: {many} pods", [one], edit))


@kind
def account(chance: Random, ground: Ground) -> Mutation:
    """Draw the service account of a workload's pods."""
    return _changed(chance, ground, {"the default account": _account})


def _account(copy: Deployment) -> None:
    copy["spec"]["template"]["spec"].update(serviceAccountName="default", serviceAccount="default")


def _changed(chance: Random, ground: Ground, edits: dict[str, Edit], clients: bool = True) -> Mutation:
    about = chance.choice(list(edits))
    one = _one(chance, ground, clients)
    return rolled(edited(FAMILY, f"{one.name}: {about}", [one], edits[about]))


def _one(chance: Random, ground: Ground, clients: bool) -> Found:
    among = [one for one in ground.of("Deployment", ["sample", "shop"]) if clients or one.name != "curl"]
    return chance.choice(among)

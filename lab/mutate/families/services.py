"""Services: their ports, selectors and labels."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from lab.mutate.change import Delete, Mutation, Put
from lab.mutate.drawing import called, deleted, edited, held, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "services"
Service = dict[str, Any]


def _port(**fields: Any) -> Callable[[Service], None]:
    def edit(copy: Service) -> None:
        copy["spec"]["ports"][0].update(fields)

    return edit


def _second_port(copy: Service) -> None:
    copy["spec"]["ports"].append({"name": "http-admin", "port": 8081})


def _selects(**labels: str) -> Callable[[Service], None]:
    def edit(copy: Service) -> None:
        copy["spec"]["selector"].update(labels)

    return edit


def _selects_less(copy: Service) -> None:
    copy["spec"]["selector"].pop("home", None)


def _selects_nothing(copy: Service) -> None:
    copy["spec"].pop("selector")


PORTS: dict[str, Callable[[Service], None]] = {
    "another port number": _port(port=5999),
    "a target port that nothing listens on": _port(targetPort=5998),
    "the target port by number": _port(targetPort=5000),
    "a port named tcp": _port(name="tcp-main"),
    "a port named http": _port(name="http-main"),
    "a port named grpc": _port(name="grpc-main"),
    "a port named https": _port(name="https-main"),
    "a port whose name says nothing": _port(name="main"),
    "appProtocol tcp": _port(appProtocol="tcp"),
    "appProtocol http": _port(appProtocol="http"),
    "appProtocol https": _port(appProtocol="https"),
    "appProtocol mongo": _port(appProtocol="mongo"),
    "one port more": _second_port,
}
SELECTORS: dict[str, Callable[[Service], None]] = {
    "a label that no pod has": _selects(tier="backend"),
    "another value": _selects(app="checkout"),
    "another version": _selects(version="v9"),
    "a label less": _selects_less,
    "nothing": _selects_nothing,
}


@kind
def port(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a port of a Service, in one cluster or in all."""
    to, about = called(chance, ground), chance.choice(list(PORTS))
    found = held(ground, some(chance, ground.shape.clusters), "Service", to.namespace, to.name)
    return edited(FAMILY, f"Service {to.name}: {about}", found, PORTS[about]) if found else None


@kind
def selector(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the selector of a Service."""
    to, about = called(chance, ground), chance.choice(list(SELECTORS))
    found = held(ground, some(chance, ground.shape.clusters), "Service", to.namespace, to.name)
    return edited(FAMILY, f"Service {to.name} selects {about}", found, SELECTORS[about]) if found else None


@kind
def labels(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a label or an annotation of a Service."""
    to = called(chance, ground)
    part, key, value = chance.choice(
        [
            ("labels", "istio.io/global", "true"),
            ("labels", "topology.istio.io/network", "network9"),
            ("labels", "app", "renamed"),
            ("annotations", "networking.istio.io/traffic-distribution", "PreferClose"),
        ]
    )
    found = held(ground, some(chance, ground.shape.clusters), "Service", to.namespace, to.name)

    def edit(copy: Service) -> None:
        copy["metadata"].setdefault(part, {})[key] = value

    return edited(FAMILY, f"Service {to.name}: {part} {key}={value}", found, edit) if found else None


@kind
def policy(chance: Random, ground: Ground) -> Mutation | None:
    """Draw how a Service's traffic is spread by Kubernetes' own fields."""
    to = called(chance, ground)
    field, value = chance.choice(
        [
            ("internalTrafficPolicy", "Local"),
            ("trafficDistribution", "PreferClose"),
            ("publishNotReadyAddresses", True),
            ("sessionAffinity", "ClientIP"),
        ]
    )
    found = held(ground, some(chance, ground.shape.clusters), "Service", to.namespace, to.name)
    about = f"Service {to.name}: {field} {value}"
    return edited(FAMILY, about, found, lambda copy: copy["spec"].update({field: value})) if found else None


@kind
def missing(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a Service that is there no more in one cluster."""
    to = called(chance, ground)
    found = held(ground, ground.shape.clusters, "Service", to.namespace, to.name)
    return deleted(FAMILY, [chance.choice(found)]) if found else None


@kind
def headless(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a Service that is headless from now on in one cluster."""
    to = called(chance, ground)
    found = held(ground, [chance.choice(ground.shape.clusters)], "Service", to.namespace, to.name)

    def edit(copy: Service) -> None:
        copy["spec"].update(clusterIP="None")
        copy["spec"].pop("clusterIPs", None)

    return _anew(edited(FAMILY, f"Service {to.name} is headless", found, edit)) if found else None


def _anew(one: Mutation) -> Mutation:
    """Return a mutation whose objects are deleted and made, as their fields cannot be changed."""
    puts = [put for put in one.changes if isinstance(put, Put)]
    pairs = [(Delete(put.cluster, put.manifest), replace(put, exists=False)) for put in puts]
    return replace(one, changes=tuple(change for pair in pairs for change in pair))

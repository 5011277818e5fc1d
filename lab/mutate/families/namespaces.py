"""Labels and annotations of namespaces."""

from random import Random
from typing import Any

from lab.mutate.change import Mutation, Restart
from lab.mutate.drawing import edited
from lab.mutate.ground import Found, Ground
from lab.mutate.registry import kind

FAMILY = "namespaces"
NETWORK = "topology.istio.io/network"
Namespace = dict[str, Any]


@kind
def network(chance: Random, ground: Ground) -> Mutation:
    """Draw the network that the system namespace says its cluster is on."""
    one = _named(chance, ground, ground.shape.istio_namespace)
    value = chance.choice(["", "network9", "network1", "network2"])

    def edit(copy: Namespace) -> None:
        copy["metadata"]["labels"].pop(NETWORK, None)
        if value:
            copy["metadata"]["labels"][NETWORK] = value

    about = f"namespace {one.name}: {NETWORK} {value or 'gone'}"
    return edited(FAMILY, about, [one], edit, *_restarted(chance, ground, one))


@kind
def injection(chance: Random, ground: Ground) -> Mutation:
    """Draw whether a namespace's new pods get a sidecar, with pods that are new."""
    one = _named(chance, ground, chance.choice(["sample", "shop"]))
    key, value = chance.choice([("istio-injection", "disabled"), ("istio-injection", ""), ("istio.io/rev", "canary9")])

    def edit(copy: Namespace) -> None:
        copy["metadata"]["labels"].pop("istio-injection", None)
        if value:
            copy["metadata"]["labels"][key] = value

    about = f"namespace {one.name}: {key} {value or 'gone'}"
    return edited(FAMILY, about, [one], edit, *_restarted(chance, ground, one))


@kind
def others(chance: Random, ground: Ground) -> Mutation:
    """Draw a label or annotation that changes how services of a namespace are balanced, or nothing."""
    one = _named(chance, ground, chance.choice(["sample", "shop"]))
    part, key, value = chance.choice(
        [
            ("annotations", "networking.istio.io/traffic-distribution", "PreferClose"),
            ("labels", "team", "amber"),
            ("labels", "pod-security.kubernetes.io/enforce", "privileged"),
            ("labels", NETWORK, "network9"),
        ]
    )

    def edit(copy: Namespace) -> None:
        copy["metadata"].setdefault(part, {})[key] = value

    return edited(FAMILY, f"namespace {one.name}: {part} {key}={value}", [one], edit)


def _named(chance: Random, ground: Ground, name: str) -> Found:
    return chance.choice([one for one in ground.of("Namespace") if one.name == name])


def _restarted(chance: Random, ground: Ground, one: Found) -> tuple[Restart, ...]:
    """Return the namespace's workloads, half of the time: until then nothing may show."""
    every = [restart for restart in ground.workloads(one.cluster) if restart.namespace == one.name]
    return tuple(every) if chance.random() < 0.6 else ()

"""CAs: a cluster's `cacerts` replaced or deleted, with what it signs started again, wholly or in part."""

import base64
from dataclasses import replace
from random import Random
from typing import Any

from lab.mesh.another_ca import Flaws, issued_folder
from lab.mutate.change import Mutation
from lab.mutate.drawing import deleted, edited
from lab.mutate.ground import Found, Ground
from lab.mutate.registry import kind

FAMILY = "certificates"
FLAWS: dict[str, Flaws] = {
    "of the mesh's root": Flaws(),
    "of another root": Flaws(own_root=True),
    "that has expired": Flaws(until_days=-0.01),
    "that is no CA": Flaws(no_authority=True),
    "with a key that is not its own": Flaws(other_key=True),
    "with a chain that is not its own": Flaws(other_chain=True),
}


@kind
def another_ca(chance: Random, ground: Ground) -> Mutation:
    """Draw another CA for a cluster."""
    one, about = _cacerts(chance, ground), chance.choice(list(FLAWS))
    folder = issued_folder(one.cluster, FLAWS[about])
    data = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.iterdir())}

    def edit(copy: dict[str, Any]) -> None:
        copy["data"] = data

    return _started(chance, ground, one, edited(FAMILY, f"a CA {about}", [one], edit))


@kind
def no_ca(chance: Random, ground: Ground) -> Mutation:
    """Draw no CA for a cluster: its istiod makes a root of its own when it starts."""
    one = _cacerts(chance, ground)
    return _started(chance, ground, one, deleted(FAMILY, [one]))


def _cacerts(chance: Random, ground: Ground) -> Found:
    cluster = chance.choice(ground.shape.primary_clusters)
    return ground.one(cluster, "Secret", ground.shape.istio_namespace, "cacerts")


def _started(chance: Random, ground: Ground, one: Found, made: Mutation) -> Mutation:
    """Return the mutation with nothing, the workloads, or all of the cluster started again."""
    layers = ground.everything(one.cluster)
    restarts, what = chance.choice([((), "nothing"), (layers[-1:], "workloads"), (layers, "everything")])
    subject = one.subject(("root",), ("CA",), ("istio-ca-root-cert",))
    return replace(made, about=f"{made.about}; {what} restarted", restarts=restarts, subjects=(subject,))

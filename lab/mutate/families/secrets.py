"""Remote secrets: what each istiod reads the other clusters with."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import yaml

from lab.mutate.change import Mutation
from lab.mutate.drawing import created, deleted, edited
from lab.mutate.ground import Found, Ground
from lab.mutate.registry import kind

FAMILY = "remote secrets"
LABEL = "istio/multiCluster"
Config = dict[str, Any]

KUBECONFIGS: dict[str, Callable[[Config], None]] = {
    "a server that does not answer": lambda c: _cluster(c).update(server="https://172.31.0.99:6443"),
    "a server on a closed port": lambda c: _cluster(c).update(
        server=f"{_cluster(c)['server'].rpartition(':')[0]}:6444"
    ),
    "a server on the loopback": lambda c: _cluster(c).update(server="https://127.0.0.1:6443"),
    "a token that is not valid": lambda c: _user(c).update(token="no-token"),
    "no CA": lambda c: _cluster(c).pop("certificate-authority-data"),
    "no TLS verification": lambda c: _unverified(_cluster(c)),
}


@kind
def kubeconfig(chance: Random, ground: Ground) -> Mutation | None:
    """Draw what the kubeconfig of a remote secret says."""
    found = _secrets(ground)
    if not found:
        return None
    one, about = chance.choice(found), chance.choice(list(KUBECONFIGS))

    def edit(copy: dict[str, Any]) -> None:
        for key, text in copy["data"].items():
            config = yaml.safe_load(b64decode(text))
            KUBECONFIGS[about](config)
            copy["data"][key] = b64encode(json.dumps(config).encode()).decode()

    return _known(edited(FAMILY, f"{one.name}: {about}", [one], edit), one)


@kind
def label(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the label by which istiod finds a remote secret."""
    found = _secrets(ground)
    if not found:
        return None
    one, value = chance.choice(found), chance.choice(["", "false", "yes"])

    def edit(copy: dict[str, Any]) -> None:
        copy["metadata"]["labels"].pop(LABEL)
        if value:
            copy["metadata"]["labels"][LABEL] = value

    return _known(edited(FAMILY, f"{one.name}: label {value or 'gone'}", [one], edit), one)


@kind
def cluster_name(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the name that a remote secret gives to the cluster."""
    found = _secrets(ground)
    if not found:
        return None
    one = chance.choice(found)
    value = chance.choice(["cluster9", one.cluster.name])

    def edit(copy: dict[str, Any]) -> None:
        copy["data"] = dict.fromkeys([value], next(iter(copy["data"].values())))
        copy["metadata"]["annotations"]["networking.istio.io/cluster"] = value

    return _known(edited(FAMILY, f"{one.name}: names {value}", [one], edit), one)


@kind
def missing(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a remote secret that is there no more."""
    found = _secrets(ground)
    if not found:
        return None
    one = chance.choice(found)
    return _known(deleted(FAMILY, [one]), one)


@kind
def second(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a remote secret twice, under the same or another cluster's name."""
    found = _secrets(ground)
    if not found:
        return None
    one, value = chance.choice(found), chance.choice(["", "cluster9"])
    put = one.edited(lambda copy: _renamed(copy, value))
    about = f"{one.name} a second time{f' for {value}' if value else ''}"
    return created(FAMILY, about, [one.cluster], put.manifest)


def _renamed(copy: dict[str, Any], value: str) -> None:
    copy["metadata"]["name"] = "istio-remote-secret-again"
    if value:
        copy["data"] = dict.fromkeys([value], next(iter(copy["data"].values())))


def _secrets(ground: Ground) -> list[Found]:
    return [one for one in ground.of("Secret", [ground.shape.istio_namespace]) if one.labels.get(LABEL) == "true"]


def _known(made: Mutation, one: Found) -> Mutation:
    """Let a diagnosis name a remote secret by its cluster too: one that is missing has no name."""
    cluster = next(iter(one.manifest["data"]))
    return replace(made, subjects=(one.subject(("remote secret", cluster)),))


def _cluster(config: Config) -> dict[str, Any]:
    found: dict[str, Any] = config["clusters"][0]["cluster"]
    return found


def _user(config: Config) -> dict[str, Any]:
    found: dict[str, Any] = config["users"][0]["user"]
    return found


def _unverified(cluster: dict[str, Any]) -> None:
    cluster.pop("certificate-authority-data")
    cluster["insecure-skip-tls-verify"] = True

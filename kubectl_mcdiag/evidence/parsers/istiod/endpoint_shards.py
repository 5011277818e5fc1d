"""`/debug/endpointShardz` of one istiod pod: what it has learned of each service from each cluster.

{"helloworld.sample.svc.cluster.local": {"sample": {"Shards": {"Kubernetes/cluster2": [{"Addresses": …
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.names import ADDRESS, HOST, LABEL, NAME, Kind
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, names, sequence, text
from kubectl_mcdiag.evidence.redaction import Each, kept


@dataclass(frozen=True, slots=True)
class LearnedEndpoint:
    """An endpoint as istiod holds it."""

    addresses: tuple[str, ...]
    workload: str


@dataclass(frozen=True, slots=True)
class Shard:
    """The endpoints of one service in one cluster; `registry` is `Kubernetes`, or `External` for a ServiceEntry's."""

    host: str
    namespace: str
    cluster: str
    endpoints: tuple[LearnedEndpoint, ...]
    registry: str = "Kubernetes"


_ENDPOINT = {
    "Address": ADDRESS,
    "Addresses": [ADDRESS],
    "WorkloadName": NAME,
}
_REGISTRY = Kind(
    "a registry and a cluster", lambda key: re.fullmatch(r"\w{1,40}/[\w.-]{0,253}", key, re.ASCII) is not None
)
_SHAPE = Each(Each({"Shards": Each([_ENDPOINT], _REGISTRY)}, LABEL), HOST)


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    return json.dumps(kept(_SHAPE, load_json(output)), indent=1)


def parse(output: str) -> tuple[Shard, ...]:
    """Return every shard; a shard's key is `registry/cluster ID`."""
    return tuple(
        _shard(host, namespace, key, sequence(entries))
        for host, spaces in mapping(load_json(output)).items()
        for namespace, body in mapping(spaces).items()
        for key, entries in mapping(mapping(body).get("Shards")).items()
    )


def _shard(host: str, namespace: str, key: str, entries: Sequence[Any]) -> Shard:
    registry, _, cluster = key.partition("/")
    return Shard(host, namespace, cluster, tuple(_endpoint(mapping(entry)) for entry in entries), registry)


def _endpoint(entry: dict[str, Any]) -> LearnedEndpoint:
    # `Address` (a text) up to 1.23, `Addresses` (a list) since 1.24.
    addresses = names(entry.get("Addresses")) or tuple(filter(None, [text(entry.get("Address"))]))
    return LearnedEndpoint(
        addresses=addresses,
        workload=text(entry.get("WorkloadName")),
    )

"""`/debug/networkz` of one istiod pod: the gateways it knows, with addresses resolved.

[{"Network": "network2", "Cluster": "cluster2", "Addr": "172.30.0.41", "Port": 15443}]
"""

import json
from dataclasses import dataclass

from kubectl_mcdiag.evidence.names import ADDRESS, CLUSTER, HOST, NETWORK
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, number, sequence, text
from kubectl_mcdiag.evidence.redaction import NUMBER, Text, kept, named


@dataclass(frozen=True, slots=True)
class NetworkGateway:
    """A gateway into a network; `port` is the one for mutual TLS pass-through, 0 where it has none."""

    network: str
    cluster: str
    address: str
    port: int


def _address(value: str) -> str:
    return value if ADDRESS.accepts(value) else named(HOST, value)


_SHAPE = [{"Network": NETWORK, "Cluster": CLUSTER, "Addr": Text(_address), "Port": NUMBER}]


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    return json.dumps(kept(_SHAPE, load_json(output)), indent=1)


def parse(output: str) -> tuple[NetworkGateway, ...]:
    """Return the gateways, ordered; an istiod that knows none prints `null` or `[]`."""
    rows = (mapping(entry) for entry in sequence(load_json(output)))
    found = (
        NetworkGateway(text(r.get("Network")), text(r.get("Cluster")), text(r.get("Addr")), number(r.get("Port")))
        for r in rows
    )
    return tuple(sorted(found, key=lambda row: (row.network, row.cluster, row.address, row.port)))

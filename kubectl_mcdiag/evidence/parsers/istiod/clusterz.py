"""`/debug/clusterz` of one istiod pod: the clusters it reads, since 1.20 the same three keys.

[{"id": "cluster2", "secretName": "istio-system/istio-remote-secret-cluster2", "syncStatus": "timeout"}]
"""

import json
from dataclasses import dataclass

from kubectl_mcdiag.evidence.names import CLUSTER
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, sequence, text
from kubectl_mcdiag.evidence.redaction import WORD, kept


@dataclass(frozen=True, slots=True)
class RemoteCluster:
    """One cluster as istiod sees it; `secret` is empty for its own. `status`: synced, syncing, timeout, closed."""

    id: str
    secret: str
    status: str


_SHAPE = [{"id": CLUSTER, "secretName": WORD, "syncStatus": WORD}]


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    return json.dumps(kept(_SHAPE, load_json(output)), indent=1)


def parse(output: str) -> tuple[RemoteCluster, ...]:
    """Return the rows ordered by cluster ID; istiod's own order is random."""
    rows = (mapping(entry) for entry in sequence(load_json(output)))
    found = (RemoteCluster(text(r.get("id")), text(r.get("secretName")), text(r.get("syncStatus"))) for r in rows)
    return tuple(sorted(found, key=lambda row: (row.id, row.secret)))

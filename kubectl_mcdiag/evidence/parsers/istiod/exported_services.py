"""`/debug/mcsz` of one istiod pod: which services are exported under the Multi-Cluster Services API (MCS).

[{"Cluster": "cluster1", "Name": "helloworld", "Namespace": "sample", "Exported": false, "Imported": false, …}]
"""

import json
from dataclasses import dataclass

from kubectl_mcdiag.evidence.names import CLUSTER, LABEL
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, sequence, text
from kubectl_mcdiag.evidence.redaction import FLAG, kept


@dataclass(frozen=True, slots=True)
class ExportedService:
    """A service (`name.namespace`) in one cluster, by cluster ID; `exported` where it has a ServiceExport."""

    cluster: str
    service: str
    exported: bool


_SHAPE = [{"Cluster": CLUSTER, "Name": LABEL, "Namespace": LABEL, "Exported": FLAG, "Imported": FLAG}]


def redact(output: str) -> str:
    """Keep what tells of exports."""
    return json.dumps(kept(_SHAPE, load_json(output)), indent=1)


def parse(output: str) -> tuple[ExportedService, ...]:
    """Return the services in order; `null` where there are none."""
    rows = (mapping(entry) for entry in sequence(load_json(output)))
    found = (
        ExportedService(
            text(row.get("Cluster")),
            f"{text(row.get('Name'))}.{text(row.get('Namespace'))}",
            row.get("Exported") is True,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda row: (row.cluster, row.service)))

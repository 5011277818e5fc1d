"""`/debug/syncz` of one istiod pod: the proxies connected to it, and how far each has taken what it was sent.

[{"cluster_id": "cluster1", "proxy": "curl-7c9.sample", "istio_version": "1.31.0", "resources":
  {"type.googleapis.com/envoy.config.cluster.v3.Cluster": {"sent": "2026-…/170d", "acked": "2026-…/170d"}}}]
"""

import json
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, sequence, text

KINDS = {
    "Cluster": "clusters",
    "ClusterLoadAssignment": "endpoints",
    "Listener": "listeners",
    "RouteConfiguration": "routes",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of configuration of a proxy: the version sent, the one taken, and why the last was refused."""

    kind: str
    sent: str
    acked: str
    error: str


@dataclass(frozen=True, slots=True)
class ConnectedProxy:
    """A proxy (`pod.namespace`) that is connected to this istiod pod."""

    name: str
    cluster: str
    version: str
    streams: tuple[Stream, ...]


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    kept = []
    for entry in sequence(load_json(output)):
        row = mapping(entry)
        resources: dict[str, Any] = {
            url: {key: mapping(status)[key] for key in ("sent", "acked", "lastError") if key in mapping(status)}
            for url, status in mapping(row.get("resources")).items()
            if _kind(url)
        }
        names: dict[str, Any] = {key: row[key] for key in ("cluster_id", "proxy", "istio_version") if key in row}
        kept.append({**names, "resources": resources})
    return json.dumps(kept, indent=1)


def parse(output: str) -> tuple[ConnectedProxy, ...]:
    """Return the proxies, ordered by name; istiod's own order is random."""
    rows = (mapping(entry) for entry in sequence(load_json(output)))
    return tuple(sorted((_proxy(row) for row in rows), key=lambda proxy: (proxy.cluster, proxy.name)))


def _proxy(row: dict[str, Any]) -> ConnectedProxy:
    streams = tuple(
        Stream(_kind(url), text(status.get("sent")), text(status.get("acked")), text(status.get("lastError")))
        for url, status in ((url, mapping(found)) for url, found in sorted(mapping(row.get("resources")).items()))
        if _kind(url)
    )
    return ConnectedProxy(text(row.get("proxy")), text(row.get("cluster_id")), text(row.get("istio_version")), streams)


def _kind(url: str) -> str:
    return KINDS.get(url.rsplit(".", 1)[-1], "")

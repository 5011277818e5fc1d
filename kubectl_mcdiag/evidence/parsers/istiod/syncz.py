"""`/debug/syncz` of one istiod pod: the proxies connected to it, and how far each has taken what it was sent.

[{"cluster_id": "cluster1", "proxy": "curl-7c9.sample", "istio_version": "1.31.0", "resources":
  {"type.googleapis.com/envoy.config.cluster.v3.Cluster": {"sent": "2026-…/170d", "acked": "2026-…/170d"}}}]
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.names import CLUSTER, POD, Kind
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, sequence, text
from kubectl_mcdiag.evidence.phrases import known
from kubectl_mcdiag.evidence.redaction import WORD, Each, Text, kept

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


_VERSION = Kind("a version", lambda value: re.fullmatch(r"[\w:./+-]{1,120}", value, re.ASCII) is not None)
_STATUS = {"sent": _VERSION, "acked": _VERSION, "lastError": Text(known)}
_TYPE = Kind(
    "a type of configuration", lambda url: re.fullmatch(r"[\w./]{1,100}", url) is not None and _kind(url) != ""
)
_SHAPE = [{"cluster_id": CLUSTER, "proxy": POD, "istio_version": WORD, "resources": Each(_STATUS, _TYPE)}]


def redact(output: str) -> str:
    """Keep what `parse` reads; of an error, which can quote an EnvoyFilter, the phrases that are known."""
    return json.dumps(kept(_SHAPE, load_json(output)), indent=1)


def parse(output: str) -> tuple[ConnectedProxy, ...]:
    """Return the proxies, ordered by name; istiod's own order is random."""
    rows = (mapping(entry) for entry in sequence(load_json(output)))
    return tuple(sorted((_proxy(row) for row in rows), key=lambda proxy: (proxy.cluster, proxy.name)))


def _proxy(row: dict[str, Any]) -> ConnectedProxy:
    streams = tuple(
        Stream(_kind(url), text(status.get("sent")), text(status.get("acked")), known(text(status.get("lastError"))))
        for url, status in ((url, mapping(found)) for url, found in sorted(mapping(row.get("resources")).items()))
        if _kind(url)
    )
    return ConnectedProxy(text(row.get("proxy")), text(row.get("cluster_id")), text(row.get("istio_version")), streams)


def _kind(url: str) -> str:
    return KINDS.get(url.rsplit(".", 1)[-1], "")

"""What a client's Envoy was given: `istioctl proxy-config endpoint -o json`, or Envoy's `/clusters?format=json`.

istioctl prints an array with camelCase keys, Envoy an object with snake_case keys; both mean the same.
Zero values are left out: a host without `priority` has priority 0.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import ADDRESS, HOST, Kind
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, number, sequence, text
from kubectl_mcdiag.evidence.redaction import WORD, named

_NAME = re.compile(r"[\w.|*:-]{1,600}", re.ASCII)
_INTERNAL = Kind("an endpoint", lambda value: re.fullmatch(r"[\w.:\[\]-]{1,300}", value, re.ASCII) is not None)
_STATISTICS = ("cx_active", "cx_connect_fail", "cx_total", "rq_error", "rq_success", "rq_total")


@dataclass(frozen=True, slots=True)
class Host:
    """One endpoint of an Envoy cluster. Counters count since the host was added."""

    address: str
    port: int
    health: str
    ejected: bool
    priority: int
    connect_failures: int
    connections: int
    active: int
    successes: int
    requests: int
    errors: int = 0


@dataclass(frozen=True, slots=True)
class EnvoyCluster:
    """`direction|port|subset|host` (or the SNI form `outbound_.port_.subset_.host`) and its hosts."""

    name: str
    direction: str
    port: int
    subset: str
    host: str
    hosts: tuple[Host, ...]


def redact(output: str) -> str:
    """Keep the outbound clusters and, of each host, what `parse` reads."""
    return _redacted(output, "outbound")


def redact_inbound(output: str) -> str:
    """Keep the clusters by which a server's Envoy calls its own application, likewise."""
    return _redacted(output, "inbound|")


def _redacted(output: str, direction: str) -> str:
    found = []
    for entry in _statuses(output):
        name = text(entry.get("name"))
        if name.startswith(direction) and _NAME.fullmatch(name):
            hosts = [_pruned(mapping(host)) for host in _any(entry, "hostStatuses", "host_statuses", sequence)]
            found.append({"name": name, "hostStatuses": hosts})
    return json.dumps(sorted(found, key=lambda cluster: str(cluster["name"])), indent=1)


def _pruned(host: dict[str, Any]) -> dict[str, Any]:
    health = _any(host, "healthStatus", "health_status", mapping)
    statistics = [mapping(entry) for entry in sequence(host.get("stats"))]
    return {
        "address": _socket(host),
        "healthStatus": {
            "edsHealthStatus": named(WORD, _any(health, "edsHealthStatus", "eds_health_status", text)),
            "failedOutlierCheck": _any(health, "failedOutlierCheck", "failed_outlier_check", bool),
        },
        "priority": number(host.get("priority")),
        "stats": [
            {"name": text(s.get("name")), "value": number(s.get("value"))}
            for s in statistics
            if s.get("name") in _STATISTICS and number(s.get("value"))
        ],
    }


def _socket(host: dict[str, Any]) -> dict[str, Any]:
    address = mapping(host.get("address"))
    socket = _any(address, "socketAddress", "socket_address", mapping)
    if socket:
        port = _any(socket, "portValue", "port_value", number)
        return {"socketAddress": {"address": _public(text(socket.get("address"))), "portValue": port}}
    inner = _any(address, "envoyInternalAddress", "envoy_internal_address", mapping)
    identifier = _any(inner, "endpointId", "endpoint_id", text)
    return {"envoyInternalAddress": {"endpointId": named(_INTERNAL, identifier)}}


def _public(address: str) -> str:
    return address if ADDRESS.accepts(address) else named(HOST, address)


def _any(entry: dict[str, Any], camel: str, snake: str, shape: Any) -> Any:
    return shape(entry.get(camel, entry.get(snake)))


def _statuses(output: str) -> list[dict[str, Any]]:
    document = load_json(output)
    entries = document.get("cluster_statuses") if isinstance(document, dict) else document
    if not isinstance(entries, list) or not all(mapping(entry).get("name") for entry in entries):
        # What another version of istioctl prints must not be taken for an Envoy that was given nothing.
        raise ParseError("expected Envoy's clusters, each with its name")
    return entries


def parse(output: str) -> tuple[EnvoyCluster, ...]:
    """Return the clusters in the order in which they were printed."""
    return tuple(cluster for entry in _statuses(output) for cluster in _cluster(text(entry.get("name")), entry))


def _cluster(name: str, entry: dict[str, Any]) -> list[EnvoyCluster]:
    parts = name.split("|") if "|" in name else name.split("_.", 3)
    if len(parts) != 4:
        return []
    direction, port, subset, host = parts
    hosts = tuple(_host(mapping(item)) for item in sequence(entry.get("hostStatuses")))
    return [EnvoyCluster(name, direction, number(port), subset, host, hosts)]


def _host(entry: dict[str, Any]) -> Host:
    address, health = mapping(entry.get("address")), mapping(entry.get("healthStatus"))
    socket, inner = mapping(address.get("socketAddress")), mapping(address.get("envoyInternalAddress"))
    counters = {text(mapping(s).get("name")): number(mapping(s).get("value")) for s in sequence(entry.get("stats"))}
    ip, port = text(socket.get("address")), number(socket.get("portValue"))
    if inner:
        # `podIP:port` or `gateway:15008`; IPv6 is not bracketed, so the last colon parts them.
        ip, _, tail = text(inner.get("endpointId")).rpartition(":")
        port = int(tail) if tail.isdigit() else 0
    return Host(
        address=ip,
        port=port,
        health=text(health.get("edsHealthStatus")),
        ejected=health.get("failedOutlierCheck") is True,
        priority=number(entry.get("priority")),
        connect_failures=counters.get("cx_connect_fail", 0),
        connections=counters.get("cx_total", 0),
        active=counters.get("cx_active", 0),
        successes=counters.get("rq_success", 0),
        requests=counters.get("rq_total", 0),
        errors=counters.get("rq_error", 0),
    )

"""What the cloud has to do for the Services it sees: a pure function from objects to a plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.clusters.cluster import CLOUD_DOMAIN, WAN, Cluster

WANTED = "mcdiag-lab/load-balancer"
"""The annotation that says what a Service of type LoadBalancer gets, other than an address."""
NONE = "none"
HOST_NAME = "host-name"


@dataclass(frozen=True, slots=True)
class Status:
    """The load balancer's addresses that a Service is to be told."""

    namespace: str
    service: str
    ingress: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Forward:
    """One port of a load balancer with a host name, which leads to a port of the node."""

    address: str
    port: int
    node: str
    node_port: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One cluster's objects: its Services, and the EndpointSlices of those without an address."""

    cluster: Cluster
    services: tuple[Mapping[str, Any], ...] = ()
    slices: tuple[Mapping[str, Any], ...] = ()


def statuses(seen: Seen) -> tuple[Status, ...]:
    """Return the Services whose load balancer is not what they want, with what they get."""
    free = (address for address in seen.cluster.pool if address not in {*_taken(seen)})
    changes = []
    for service in seen.services:
        wanted, has = _wanted(service), bool(_ingress(service))
        if wanted == NONE and has:
            changes.append(_status(service))
        elif wanted != NONE and not has and (address := next(free, "")):
            changes.append(_status(service, _point(seen.cluster, wanted, address)))
    return tuple(changes)


def node_addresses(seen: Seen) -> frozenset[str]:
    """Return the load balancer addresses that lead straight to the node, where kube-proxy takes them up."""
    points = (point for service in seen.services for point in _ingress(service))
    return frozenset(point["ip"] for point in points if point.get("ip") in seen.cluster.pool)


def forwards(seen: Seen) -> tuple[Forward, ...]:
    """Return the ports of load balancers with a host name, which are addresses outside the node."""
    return tuple(
        Forward(_address(point["hostname"]), port["port"], seen.cluster.address, port["nodePort"])
        for service in seen.services
        for point in _ingress(service)
        if "hostname" in point
        for port in service["spec"]["ports"]
        if "nodePort" in port
    )


def hosts(cluster: Cluster, everywhere: Iterable[Seen]) -> str:
    """Return what a cluster's DNS server knows: its own Services, and the load balancers of all clusters.

    A load balancer's name is known before it has one: istiod asks at once, and keeps a "no" for 30 s.
    """
    lines: set[str] = set()
    for seen in everywhere:
        lines.update(f"{address} {host_name(seen.cluster, address)}" for address in seen.cluster.pool)
        if seen.cluster == cluster:
            lines.update(_service_records(seen))
            lines.update(_headless_records(seen))
    return "".join(f"{line}\n" for line in sorted(lines))


def _wanted(service: Mapping[str, Any]) -> str:
    if service["spec"].get("type") != "LoadBalancer":
        return NONE
    return str(service["metadata"].get("annotations", {}).get(WANTED, ""))


def _ingress(service: Mapping[str, Any]) -> list[dict[str, str]]:
    ingress: list[dict[str, str]] = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return ingress


def _taken(seen: Seen) -> Iterator[str]:
    for service in seen.services:
        for point in _ingress(service):
            yield point["ip"] if "ip" in point else _address(point["hostname"])


def _point(cluster: Cluster, wanted: str, address: str) -> dict[str, str]:
    return {"hostname": host_name(cluster, address)} if wanted == HOST_NAME else {"ip": address}


def host_name(cluster: Cluster, address: str) -> str:
    """Return a name that spells its address, so that none has to be remembered."""
    return f"lb-{address.rsplit('.', 1)[1]}.{cluster.domain}"


def _address(host_name: str) -> str:
    return f"{WAN}.{host_name.split('.', 1)[0].removeprefix('lb-')}"


def _status(service: Mapping[str, Any], *ingress: Mapping[str, str]) -> Status:
    return Status(service["metadata"]["namespace"], service["metadata"]["name"], ingress)


def _service_records(seen: Seen) -> Iterator[str]:
    for service in seen.services:
        address = service["spec"].get("clusterIP", "None")
        if address not in ("", "None"):
            yield f"{address} {_name(seen, service['metadata']['namespace'], service['metadata']['name'])}"
        elif (alias := service["spec"].get("externalName", "")).endswith(CLOUD_DOMAIN):
            yield f"{_address(alias)} {_name(seen, service['metadata']['namespace'], service['metadata']['name'])}"


def _headless_records(seen: Seen) -> Iterator[str]:
    for piece in seen.slices:
        service = piece["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        name = _name(seen, piece["metadata"]["namespace"], service)
        for endpoint in piece.get("endpoints") or ():
            for address in endpoint["addresses"]:
                yield f"{address} {name}"
                if "hostname" in endpoint:
                    yield f"{address} {endpoint['hostname']}.{name}"


def _name(seen: Seen, namespace: str, service: str) -> str:
    return f"{service}.{namespace}.svc.{seen.cluster.dns_domain}"

"""DestinationRules: how clients call a service, and which of its endpoints they prefer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.kubernetes.istio_shapes import TRAFFIC_POLICY
from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, number, sequence, text, texts
from kubectl_mcdiag.evidence.redaction import kept

PORTS = "portLevelSettings"
Place = tuple[str | int, ...]
"""Where something stands in an object, key by key."""
HASH, PASSTHROUGH = "consistentHash", "PASSTHROUGH"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Weights of localities for callers in one locality, in percent; a locality without one gets nothing."""

    source: str
    weights: dict[str, int]


@dataclass(frozen=True, slots=True)
class Locality:
    """`localityLbSetting`, of a DestinationRule or of the mesh; it is on unless switched off."""

    is_on: bool
    distributions: tuple[Distribution, ...]
    failover: tuple[str, ...]
    failover_priority: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS modes of a traffic policy: for all ports (empty where it says nothing), and for single ports."""

    mode: str
    ports: dict[int, str]

    def of(self, port: int) -> str:
        """Return the mode for a port of the service, empty where none is set."""
        return self.ports.get(port, self.mode)


@dataclass(frozen=True, slots=True)
class Subset:
    """A named part of a service's endpoints."""

    name: str
    labels: dict[str, str]
    tls: Tls


@dataclass(frozen=True, slots=True)
class ServerName:
    """An SNI that clients are to send: for one subset and port, empty and 0 meaning all.

    `place`: where it stands in `spec`, key by key.
    """

    place: Place
    sni: str
    subset: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """A DestinationRule; `locality` is None where it has no locality setting of its own.

    `balancer`: how endpoints are chosen for all ports: `consistentHash`, or what `simple` says; empty for the default.
    `policy`: its traffic policy, as far as it is read.
    `server_names`: every SNI that it sets, for the host, a port or a subset.
    `connect_timeouts`: every `connectTimeout` that it sets, after its place in `spec`, key by key.
    """

    name: str
    namespace: str
    host: str
    export_to: tuple[str, ...]
    tls: Tls
    subsets: tuple[Subset, ...]
    has_outlier_detection: bool
    locality: Locality | None
    is_zone_aware: bool
    balancer: str
    selector: dict[str, str]
    policy: dict[str, Any]
    server_names: tuple[ServerName, ...] = ()
    connect_timeouts: tuple[tuple[Place, str], ...] = ()

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"

    @property
    def port_settings(self) -> tuple[tuple[str, ...], ...]:
        """What each entry of its `portLevelSettings` sets."""
        return tuple(tuple(key for key in port if key != "port") for port in self.policy.get(PORTS, ()))


def destination_rule(name: str, namespace: str, spec: dict[str, Any]) -> DestinationRule:
    """Return the record of one object."""
    policy = mapping(spec.get("trafficPolicy"))
    balancer = mapping(policy.get("loadBalancer"))
    zones = balancer.get("zoneAwareLbSetting")
    return DestinationRule(
        name=name,
        namespace=namespace,
        host=text(spec.get("host")),
        export_to=names(spec.get("exportTo")),
        tls=_tls(policy),
        subsets=tuple(_subset(mapping(entry)) for entry in sequence(spec.get("subsets"))),
        has_outlier_detection="outlierDetection" in policy
        or any("outlierDetection" in mapping(port) for port in sequence(policy.get(PORTS))),
        locality=locality(balancer.get("localityLbSetting")),
        is_zone_aware=zones is not None and mapping(zones).get("enabled") is not False,
        balancer=HASH if HASH in balancer else text(balancer.get("simple")),
        selector=texts(mapping(spec.get("workloadSelector")).get("matchLabels")),
        policy=kept(TRAFFIC_POLICY, policy),
        server_names=tuple(_server_names(spec)),
        connect_timeouts=tuple(_connect_timeouts(spec)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What a rule sets for its host, a port of it or a subset, and where that stands in `spec`."""

    body: dict[str, Any]
    place: Place
    subset: str
    port: int


def _parts(spec: dict[str, Any]) -> Iterator[_Part]:
    yield from _of_policy(mapping(spec.get("trafficPolicy")), ("trafficPolicy",), "")
    for index, subset in enumerate(map(mapping, sequence(spec.get("subsets")))):
        place = ("subsets", index, "trafficPolicy")
        yield from _of_policy(mapping(subset.get("trafficPolicy")), place, text(subset.get("name")))


def _of_policy(policy: dict[str, Any], place: Place, subset: str) -> Iterator[_Part]:
    yield _Part(policy, place, subset, 0)
    for index, port in enumerate(map(mapping, sequence(policy.get(PORTS)))):
        yield _Part(port, (*place, PORTS, index), subset, number(mapping(port.get("port")).get("number")))


def _server_names(spec: dict[str, Any]) -> Iterator[ServerName]:
    for part in _parts(spec):
        if sni := text(mapping(part.body.get("tls")).get("sni")):
            yield ServerName((*part.place, "tls", "sni"), sni, part.subset, part.port)


def _connect_timeouts(spec: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    for part in _parts(spec):
        if timeout := text(mapping(mapping(part.body.get("connectionPool")).get("tcp")).get("connectTimeout")):
            yield (*part.place, "connectionPool", "tcp", "connectTimeout"), timeout


def locality(setting: Any) -> Locality | None:
    """Return a `localityLbSetting`, None where there is none."""
    if setting is None:
        return None
    body = mapping(setting)
    distributions = (mapping(entry) for entry in sequence(body.get("distribute")))
    failover = (mapping(entry) for entry in sequence(body.get("failover")))
    return Locality(
        is_on=body.get("enabled") is not False,
        distributions=tuple(
            Distribution(text(d.get("from")), {key: number(weight) for key, weight in mapping(d.get("to")).items()})
            for d in distributions
        ),
        failover=tuple(f"{text(f.get('from'))} to {text(f.get('to'))}" for f in failover),
        failover_priority=names(body.get("failoverPriority")),
    )


def _tls(policy: dict[str, Any]) -> Tls:
    ports = [mapping(port) for port in sequence(policy.get(PORTS))]
    modes = {number(mapping(port.get("port")).get("number")): _mode(port) for port in ports if "tls" in port}
    return Tls(_mode(policy), modes)


def _mode(policy: dict[str, Any]) -> str:
    # A `tls` block without a mode is DISABLE (enum value 0).
    return (text(mapping(policy["tls"]).get("mode")) or "DISABLE") if policy.get("tls") is not None else ""


def _subset(entry: dict[str, Any]) -> Subset:
    return Subset(text(entry.get("name")), texts(entry.get("labels")), _tls(mapping(entry.get("trafficPolicy"))))

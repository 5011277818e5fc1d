"""Envoy's routes and clusters: which cluster a request goes to, and how that cluster is called."""

import re

from kubectl_mcdiag.evidence.parsers.envoy.records import Metadata, Record, Regex, TransportSocket

_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>m?s)")


def seconds(duration: str) -> float:
    """Return a duration (`0.001s`, `1ms`) in seconds; 0 where there is none."""
    found = _DURATION.fullmatch(duration)
    return float(found["number"]) / (1000 if found["unit"] == "ms" else 1) if found else 0.0


class Weighted(Record, frozen=True):
    """One of several clusters, and its share."""

    name: str = ""
    weight: int = 0


class WeightedClusters(Record, frozen=True):
    """Clusters that share the requests of a route."""

    clusters: tuple[Weighted, ...] = ()


class Action(Record, frozen=True):
    """Where requests of a route go; `timeout` as Envoy writes it, `0s` for none."""

    cluster: str = ""
    weighted_clusters: WeightedClusters = WeightedClusters()
    timeout: str = ""

    @property
    def targets(self) -> tuple[tuple[str, int], ...]:
        """The clusters with their weights, in percent where there is but one; those of weight 0 are left out."""
        shared = tuple((one.name, one.weight) for one in self.weighted_clusters.clusters if one.weight)
        return ((self.cluster, 100),) if self.cluster else shared


class DirectResponse(Record, frozen=True):
    """An answer that Envoy gives by itself."""

    status: int = 0


class Redirect(Record, frozen=True):
    """An answer that sends the caller elsewhere; where, is not read."""


class Named(Record, frozen=True):
    """A header or query parameter that a route asks for; its value is not read."""

    name: str = ""


class Match(Record, frozen=True):
    """Which requests a route is for."""

    prefix: str | None = None
    path: str | None = None
    path_separated_prefix: str | None = None
    safe_regex: Regex | None = None
    headers: tuple[Named, ...] = ()
    query_parameters: tuple[Named, ...] = ()

    @property
    def is_for_some(self) -> bool:
        """Whether requests have to carry a header or query parameter for it."""
        return bool(self.headers or self.query_parameters)

    @property
    def is_for_all(self) -> bool:
        """Whether every request fits."""
        return not self.is_for_some and self.prefix == "/"

    @property
    def text(self) -> str:
        """The path that it is for, in words."""
        regex = self.safe_regex.regex if self.safe_regex else ""
        return self.prefix or self.path or self.path_separated_prefix or regex or "/"


class Percentage(Record, frozen=True):
    """A share, `numerator` of a hundred unless said otherwise."""

    numerator: int = 0
    denominator: str = "HUNDRED"

    @property
    def is_all(self) -> bool:
        """Whether it means everything."""
        return self.numerator >= {"HUNDRED": 100, "TEN_THOUSAND": 10_000}.get(self.denominator, 1_000_000)


class Abort(Record, frozen=True):
    """A fault that answers in place of the server."""

    http_status: int = 0
    percentage: Percentage = Percentage()


class Fault(Record, frozen=True):
    """Faults that are made on purpose."""

    abort: Abort | None = None


class PerFilter(Record, frozen=True, rename={"fault": "envoy.filters.http.fault"}):
    """What a route says to filters."""

    fault: Fault = Fault()


class Route(Record, frozen=True):
    """One route of a virtual host: it forwards, answers by itself, or redirects."""

    name: str = ""
    match: Match = Match()
    route: Action | None = None
    direct_response: DirectResponse | None = None
    redirect: Redirect | None = None
    typed_per_filter_config: PerFilter = PerFilter()
    metadata: Metadata = Metadata()


class VirtualHost(Record, frozen=True):
    """The routes of some host names."""

    name: str = ""
    domains: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


class RouteTable(Record, frozen=True):
    """A route configuration: `5000`, or `helloworld.sample.svc.cluster.local:5000` where the protocol is sniffed."""

    name: str = ""
    virtual_hosts: tuple[VirtualHost, ...] = ()


class SocketMatch(Record, frozen=True):
    """A transport socket for the endpoints that carry its mark."""

    name: str = ""
    transport_socket: TransportSocket = TransportSocket()


class Cluster(Record, frozen=True):
    """A cluster: how its endpoints are found, and what is spoken to them."""

    name: str = ""
    type: str = ""
    connect_timeout: str = ""
    transport_socket: TransportSocket | None = None
    transport_socket_matches: tuple[SocketMatch, ...] = ()
    metadata: Metadata = Metadata()

    @property
    def mutual(self) -> TransportSocket | None:
        """How endpoints that take Istio's mutual TLS are called; None where it is not spoken to any."""
        sockets = [found.transport_socket for found in self.transport_socket_matches]
        sockets += [self.transport_socket] if self.transport_socket else []
        return next((socket for socket in sockets if socket.is_tls), None)

    @property
    def sni(self) -> str:
        """The server name that calls over mutual TLS carry."""
        return self.mutual.typed_config.sni if self.mutual else ""

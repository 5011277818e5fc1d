"""Envoy's listeners: which connections they take, and what the filters in between do with them."""

from collections.abc import Iterator

import msgspec

from kubectl_mcdiag.evidence.parsers.envoy.access import Rules, TokenRule
from kubectl_mcdiag.evidence.parsers.envoy.programs import Code, Share, TokenBucket, outcome
from kubectl_mcdiag.evidence.parsers.envoy.records import Address, Record, TransportSocket
from kubectl_mcdiag.evidence.parsers.envoy.routing import Abort, RouteTable, WeightedClusters


class ChainMatch(Record, frozen=True):
    """Which connections a filter chain is for; what is empty asks for nothing."""

    destination_port: int = 0
    server_names: tuple[str, ...] = ()


class HttpConfig(Record, frozen=True, rename={"type_url": "@type"}):
    """The settings of an HTTP filter, as far as any of them decides about a call."""

    type_url: str = ""
    rules: Rules | tuple[TokenRule, ...] | None = None
    abort: Abort | None = None
    inline_code: str = ""
    default_source_code: Code = Code()
    token_bucket: TokenBucket = TokenBucket()
    filter_enforced: Share = Share()

    def __post_init__(self) -> None:
        """Forget the text of a program."""
        msgspec.structs.force_setattr(self, "inline_code", outcome(self.inline_code))

    @property
    def code(self) -> Code:
        """The program of a Lua filter; the older field holds it directly."""
        return Code(self.inline_code) if self.inline_code else self.default_source_code

    @property
    def is_limited(self) -> bool:
        """Whether its limit is in force for every request."""
        return bool(self.token_bucket.fill_interval) and self.filter_enforced.default_value.is_all


class HttpFilter(Record, frozen=True):
    """A filter for requests."""

    name: str = ""
    typed_config: HttpConfig = HttpConfig()


class FilterConfig(Record, frozen=True, rename={"type_url": "@type"}):
    """The settings of a filter for connections: those of a TCP proxy, of HTTP, of RBAC."""

    type_url: str = ""
    cluster: str = ""
    weighted_clusters: WeightedClusters = WeightedClusters()
    route_config: RouteTable | None = None
    http_filters: tuple[HttpFilter, ...] = ()
    rules: Rules | None = None


class Filter(Record, frozen=True):
    """A filter for connections."""

    name: str = ""
    typed_config: FilterConfig = FilterConfig()


class FilterChain(Record, frozen=True):
    """What is done with the connections that it is for."""

    name: str = ""
    filter_chain_match: ChainMatch = ChainMatch()
    filters: tuple[Filter, ...] = ()
    transport_socket: TransportSocket | None = None

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters that its TCP proxies lead to."""
        configs = [found.typed_config for found in self.filters]
        weighted = (one.name for config in configs for one in config.weighted_clusters.clusters if one.weight)
        return (*(config.cluster for config in configs if config.cluster), *weighted)

    @property
    def http(self) -> FilterConfig | None:
        """Its HTTP settings, None where it does not speak HTTP."""
        return next((found.typed_config for found in self.filters if found.typed_config.http_filters), None)

    @property
    def needs_certificate(self) -> bool:
        """Whether clients have to show a certificate."""
        return bool(self.transport_socket and self.transport_socket.typed_config.require_client_certificate)


class ListenerFilter(Record, frozen=True):
    """A filter for what a connection begins with."""

    name: str = ""


class Listener(Record, frozen=True):
    """A listener."""

    name: str = ""
    address: Address = Address()
    listener_filters: tuple[ListenerFilter, ...] = ()
    filter_chains: tuple[FilterChain, ...] = ()
    default_filter_chain: FilterChain | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.address.socket_address.port_value

    @property
    def wants_proxy_protocol(self) -> bool:
        """Whether connections have to begin with the header of the PROXY protocol."""
        return any("proxy_protocol" in found.name for found in self.listener_filters)

    @property
    def chains(self) -> Iterator[FilterChain]:
        """All its filter chains, the default one last."""
        yield from self.filter_chains
        yield from (found for found in (self.default_filter_chain,) if found)


class ListenerState(msgspec.Struct, frozen=True):
    """A listener as Envoy has it; `refused` is why its newest form is not in use."""

    name: str
    port: int
    is_active: bool
    refused: str
    listener: Listener

"""What one Envoy holds about one service: `config_dump?name_regex=…`, listeners, routes, clusters and secrets in one.

Records mirror Envoy's own (`envoy.admin.v3`), with the fields that are read and no others; redaction is decoding and
encoding, so that what is kept is what is read:

    {"configs": [{"dynamic_listeners": [{"name": "0.0.0.0_5000", "active_state": {"listener": {…}}}]},
                 {"dynamic_route_configs": [{"route_config": {"name": "5000", "virtual_hosts": […]}}]},
                 {"dynamic_active_clusters": [{"cluster": {"name": "outbound|5000||helloworld.sample.svc…"}}]}]}
"""

import base64
import binascii
import re
from urllib.parse import quote

import msgspec

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers.envoy.listening import Listener, ListenerState
from kubectl_mcdiag.evidence.parsers.envoy.records import Record, decoded, encoded
from kubectl_mcdiag.evidence.parsers.envoy.routing import Cluster, RouteTable

_SECRETS = "default|ROOTCA"
INBOUND = "virtualInbound"


def about_service(wanted: str) -> str:
    """Return the question about a service in a client's Envoy: `helloworld.sample/10.11.24.240/5000,5001`."""
    service, address, ports = wanted.split("/")
    numbers, host = ports.replace(",", "|"), rf"{re.escape(service)}\.svc\..*"
    places = r"0\.0\.0\.0|\[?::\]?" + (f"|{re.escape(address)}" if address else "")
    listeners, clusters = rf"({places})_({numbers})", rf"outbound\|({numbers})\|[^|]*\|{host}"
    return _named(listeners, numbers, rf"{host}:({numbers})", clusters)


def about_port(port: str) -> str:
    """Return the question about a port that a gateway's Envoy listens on."""
    # Envoy lists the newest form of a listener that it refused without a name.
    return _named("", rf".*_{port}")


def about_inbound(_wanted: str) -> str:
    """Return the question about what a server's Envoy does with what comes in."""
    return _named(INBOUND)


def _named(*patterns: str) -> str:
    return f"config_dump?name_regex={quote('|'.join((*patterns, _SECRETS)), safe='')}"


class ActiveListener(Record, frozen=True):
    """The form of a listener that is in use."""

    listener: Listener = Listener()


class RefusedListener(Record, frozen=True):
    """The newest form of a listener, where Envoy refused it, and why."""

    failed_configuration: Listener = Listener()
    details: str = ""


class DynamicListener(Record, frozen=True):
    """A listener by name: in use, refused, or an older form in use and the newest refused."""

    name: str = ""
    active_state: ActiveListener | None = None
    error_state: RefusedListener | None = None


class DynamicCluster(Record, frozen=True):
    """A cluster in use."""

    cluster: Cluster = Cluster()


class DynamicRoutes(Record, frozen=True):
    """A route table in use."""

    route_config: RouteTable = RouteTable()


class Bytes(Record, frozen=True):
    """A PEM text in base64."""

    inline_bytes: str = ""


class Chain(Record, frozen=True):
    """The certificate that a proxy shows; its key is never decoded."""

    certificate_chain: Bytes = Bytes()


class Validation(Record, frozen=True):
    """The roots that a proxy trusts."""

    trusted_ca: Bytes = Bytes()


class Secret(Record, frozen=True):
    """A certificate or roots."""

    tls_certificate: Chain | None = None
    validation_context: Validation | None = None


class DynamicSecret(Record, frozen=True):
    """A secret by name: `default` is the workload's certificate, `ROOTCA` the mesh's roots."""

    name: str = ""
    secret: Secret = Secret()


class Section(Record, frozen=True):
    """One kind of configuration of a dump."""

    dynamic_listeners: tuple[DynamicListener, ...] = ()
    dynamic_route_configs: tuple[DynamicRoutes, ...] = ()
    dynamic_active_clusters: tuple[DynamicCluster, ...] = ()
    dynamic_active_secrets: tuple[DynamicSecret, ...] = ()
    dynamic_warming_secrets: tuple[DynamicSecret, ...] = ()


class Dump(Record, frozen=True):
    """The whole dump."""

    configs: tuple[Section, ...]


class EnvoyConfig(msgspec.Struct, frozen=True):
    """What a dump holds, by kind; `waiting` are the secrets that the proxy has asked for and not got."""

    listeners: tuple[ListenerState, ...]
    routes: tuple[RouteTable, ...]
    clusters: tuple[Cluster, ...]
    secrets: dict[str, Secret]
    waiting: tuple[str, ...]

    @property
    def chain(self) -> str:
        """The certificate that the proxy shows, with its chain, as PEM; empty where it has none."""
        found = self.secrets.get("default", Secret()).tls_certificate
        return _pem(found.certificate_chain) if found else ""

    @property
    def roots(self) -> str:
        """The roots that the proxy trusts, as PEM; empty where it has none."""
        found = self.secrets.get("ROOTCA", Secret()).validation_context
        return _pem(found.trusted_ca) if found else ""

    def cluster(self, name: str) -> Cluster | None:
        """Return a cluster by name."""
        return next((cluster for cluster in self.clusters if cluster.name == name), None)


def redact(output: str) -> str:
    """Keep what `parse` reads: keys, header values and all else that is not decoded are gone."""
    return encoded(decoded(output, Dump))


def parse(output: str) -> EnvoyConfig:
    """Return what the dump holds; another shape raises `ParseError` with the path of what differs."""
    sections = decoded(output, Dump).configs
    return EnvoyConfig(
        listeners=tuple(_state(found) for section in sections for found in section.dynamic_listeners),
        routes=tuple(found.route_config for section in sections for found in section.dynamic_route_configs),
        clusters=tuple(found.cluster for section in sections for found in section.dynamic_active_clusters),
        secrets={found.name: found.secret for section in sections for found in section.dynamic_active_secrets},
        waiting=tuple(found.name for section in sections for found in section.dynamic_warming_secrets),
    )


def _pem(found: Bytes) -> str:
    try:
        return base64.b64decode(found.inline_bytes, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ParseError("a certificate is not base64 of a text") from None


def _state(found: DynamicListener) -> ListenerState:
    listener = found.active_state.listener if found.active_state else Listener()
    failed = found.error_state.failed_configuration if found.error_state else Listener()
    return ListenerState(
        name=found.name or listener.name or failed.name,
        port=listener.port or failed.port,
        is_active=found.active_state is not None,
        refused=found.error_state.details if found.error_state else "",
        listener=listener,
    )

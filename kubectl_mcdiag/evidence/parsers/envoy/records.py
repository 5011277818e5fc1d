"""What several kinds of Envoy's configuration have in common."""

import json
import re
from threading import Lock
from typing import Any, TypeVar

import msgspec

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers.shapes import load_json

T = TypeVar("T")
UNREADABLE = "[unreadable]"
_PREPARED: set[type[Any]] = set()
_PREPARING = Lock()
_NAME = re.compile(r"[!-~]*")


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A record of Envoy's: keys that it does not have are dropped as they are decoded."""


class Socket(Record, frozen=True):
    """An IP address and port."""

    address: str = ""
    port_value: int = 0


class Address(Record, frozen=True):
    """Where something listens."""

    socket_address: Socket = Socket()


class Matcher(Record, frozen=True):
    """A string matcher; no field set means that its kind is not read."""

    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    contains: str | None = None
    safe_regex: "Regex | None" = None


class Regex(Record, frozen=True):
    """A regular expression."""

    regex: str = ""


class SubjectName(Record, frozen=True):
    """A name that the other side's certificate has to carry."""

    matcher: Matcher = Matcher()


class Expected(Record, frozen=True):
    """What is asked of the other side's certificate."""

    match_subject_alt_names: tuple[Matcher, ...] = ()
    match_typed_subject_alt_names: tuple[SubjectName, ...] = ()


class Combined(Record, frozen=True):
    """What is asked of the other side's certificate, and by which roots."""

    default_validation_context: Expected = Expected()


class CommonTls(Record, frozen=True):
    """What both ends of TLS have."""

    combined_validation_context: Combined | None = None


class TlsContext(Record, frozen=True):
    """TLS at either end; without `common_tls_context` it is none (`RawBuffer`)."""

    sni: str = ""
    require_client_certificate: bool = False
    common_tls_context: CommonTls | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The exact names, one of which the other side's certificate has to carry; empty for any."""
        combined = self.common_tls_context.combined_validation_context if self.common_tls_context else None
        expected = combined.default_validation_context if combined else Expected()
        typed = tuple(name.matcher for name in expected.match_typed_subject_alt_names)
        return tuple(found.exact for found in expected.match_subject_alt_names + typed if found.exact)


class TransportSocket(Record, frozen=True):
    """How bytes are carried: `envoy.transport_sockets.tls`, `…raw_buffer` and others."""

    name: str = ""
    typed_config: TlsContext = TlsContext()

    @property
    def is_tls(self) -> bool:
        """Whether it encrypts."""
        return self.typed_config.common_tls_context is not None


class Origin(Record, frozen=True):
    """Istio's own note on an object of configuration: the resource it was made from."""

    config: str = ""


class IstioMetadata(Record, frozen=True):
    """Notes by their writer."""

    istio: Origin = Origin()


class Metadata(Record, frozen=True):
    """Notes on an object of configuration."""

    filter_metadata: IstioMetadata = IstioMetadata()

    @property
    def resource(self) -> str:
        """The resource it was made from, `virtual-service helloworld.sample`; empty where none is noted."""
        parts = self.filter_metadata.istio.config.split("/")
        return f"{parts[-2]} {parts[-1]}.{parts[-3]}" if len(parts) > 3 else ""


def _converted(value: Any, kind: type[T]) -> T:
    """Return a value as a record; of each kind the first alone.

    msgspec (0.22) prepares a kind when it is first used, and crashes where two threads do so at once.
    """
    if kind in _PREPARED:
        return msgspec.convert(value, kind)
    with _PREPARING:
        found = msgspec.convert(value, kind)
        _PREPARED.add(kind)
    return found


def decoded(output: str, kind: type[T]) -> T:
    """Return Envoy's answer as a record, without the lines that `pilot-agent` writes before it.

    Another shape raises `ParseError`, with the path of what differs.
    """
    try:
        return _converted(load_json(output), kind)
    except msgspec.ValidationError as error:
        raise ParseError(f"expected Envoy's shape: {error}") from None
    except UnicodeEncodeError:
        raise ParseError("expected Envoy's shape, found half a character") from None


def encoded(record: Record) -> str:
    """Return a record as `decoded` reads it; a text with a blank or beyond ASCII is no name and is not kept."""
    return json.dumps(_kept(msgspec.to_builtins(record)), separators=(",", ":"))


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value if _NAME.fullmatch(value) else UNREADABLE
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    return {_kept(key): _kept(each) for key, each in value.items()} if isinstance(value, dict) else value

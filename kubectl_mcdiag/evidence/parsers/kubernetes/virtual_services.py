"""VirtualServices: where calls to a host are sent, and what answers them in the proxy itself."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.parsers.kubernetes.istio_shapes import ANSWERS
from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, number, sequence, text
from kubectl_mcdiag.evidence.redaction import kept

FAULT, REDIRECT, RESPONSE = "fault", "redirect", "directResponse"
_PROTOCOLS = ("http", "tls", "tcp")


@dataclass(frozen=True, slots=True)
class Route:
    """One destination of a VirtualService and the share of calls it takes, in percent (0 where none is set).

    `path` leads to the destination within the object, as JSON Patch writes it. `port` is 0 where none is set.
    """

    host: str
    subset: str
    weight: int
    path: str
    port: int = 0

    @property
    def destination(self) -> dict[str, Any]:
        """The destination as it stands in the object."""
        subset = {"subset": self.subset} if self.subset else {}
        return {"host": self.host, **subset, **({"port": {"number": self.port}} if self.port else {})}


@dataclass(frozen=True, slots=True)
class HttpRule:
    """One HTTP rule that does more than forward; `path` leads to it, as JSON Patch writes it.

    `status`: that of an abort for all requests, or of a direct response. `answers`: what it has of `fault`, `redirect`
    and `directResponse`, as far as they are read.
    """

    path: str
    has_abort: bool
    status: int
    answers: dict[str, Any]
    timeout: str


@dataclass(frozen=True, slots=True)
class VirtualService:
    """A VirtualService; `routes` are all destinations of its HTTP, TLS and TCP rules."""

    name: str
    namespace: str
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    export_to: tuple[str, ...]
    routes: tuple[Route, ...]
    rules: tuple[HttpRule, ...] = ()

    @property
    def full_name(self) -> str:
        """`name.namespace`, as operators write it."""
        return f"{self.name}.{self.namespace}"


def virtual_service(name: str, namespace: str, spec: dict[str, Any]) -> VirtualService:
    """Return the record of one object."""
    routes = tuple(
        _route(mapping(route), f"/spec/{kind}/{index}/route/{place}/destination")
        for kind in _PROTOCOLS
        for index, rule in enumerate(sequence(spec.get(kind)))
        for place, route in enumerate(sequence(mapping(rule).get("route")))
    )
    return VirtualService(
        name,
        namespace,
        names(spec.get("hosts")),
        names(spec.get("gateways")),
        names(spec.get("exportTo")),
        routes,
        tuple(_rule(mapping(rule), f"/spec/http/{index}") for index, rule in enumerate(sequence(spec.get("http")))),
    )


def _route(entry: dict[str, Any], path: str) -> Route:
    destination = mapping(entry.get("destination"))
    return Route(
        text(destination.get("host")),
        text(destination.get("subset")),
        number(entry.get("weight")),
        path,
        number(mapping(destination.get("port")).get("number")),
    )


def _rule(entry: dict[str, Any], path: str) -> HttpRule:
    abort, response = mapping(mapping(entry.get(FAULT)).get("abort")), mapping(entry.get(RESPONSE))
    return HttpRule(
        path,
        has_abort=bool(abort),
        status=number(abort.get("httpStatus")) or number(response.get("status")),
        answers=kept(ANSWERS, entry),
        timeout=text(entry.get("timeout")),
    )

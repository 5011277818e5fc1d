"""Words that all of the mesh is described in: pairs of clusters, statuses, clusters as seen."""

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How a check, a pair or the whole mesh came out, best first."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    SKIP = "skip"
    NOTE = "note"
    UNKNOWN = "unknown"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """Position from best (0) to worst."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """An ordered two of contexts: calls go from `source` to `destination`."""

    source: str
    destination: str

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


@dataclass(frozen=True, slots=True)
class Istiod:
    """One running istiod pod."""

    name: str
    version: str
    revision: str


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """An east-west gateway Service (`name.namespace`) and the addresses that clients in other networks use."""

    service: str
    addresses: tuple[str, ...]
    port: int


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """One cluster as seen. An empty text means unknown; the report's unknowns say why.

    `unknown` names the fields that could not be read, so that an empty tuple can mean "none".
    """

    context: str
    cluster_id: str
    network: str
    role: str
    istiods: tuple[Istiod, ...]
    trust_domain: str
    roots: tuple[str, ...]
    gateways: tuple[GatewayAddress, ...]
    clients: tuple[str, ...]
    unknown: tuple[str, ...] = ()

"""Which connections of a pod are led through its Envoy: the arguments of `istio-init`, or of `istio-validation`.

Injection writes them there from the pod's annotations, where it has none from `values.global.proxy`; with Istio's
network plugin the same arguments only check what the plugin has done.
"""

import json
import re
from dataclasses import dataclass
from itertools import pairwise

from kubectl_mcdiag.evidence.parsers.shapes import load_json, sequence, text

FLAGS = {
    "-i": "includeOutboundIPRanges",
    "-x": "excludeOutboundIPRanges",
    "-q": "includeOutboundPorts",
    "-o": "excludeOutboundPorts",
    "-b": "includeInboundPorts",
    "-d": "excludeInboundPorts",
}
"""The arguments that are kept, each with its annotation `traffic.sidecar.istio.io/…`."""
EVERYTHING = "*"
_PLAIN = re.compile(r"[\w.,:/* -]{0,2000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Redirection:
    """Ports and ranges as they are written; `*` is all of them."""

    include_outbound_ranges: tuple[str, ...]
    exclude_outbound_ranges: tuple[str, ...]
    include_outbound_ports: tuple[str, ...]
    exclude_outbound_ports: tuple[str, ...]
    include_inbound_ports: tuple[str, ...]
    exclude_inbound_ports: tuple[str, ...]


def redact(cell: str) -> str:
    """Keep of all arguments those that are read here."""
    kept = {flag: value if _PLAIN.fullmatch(value) else "" for flag, value in _values(cell).items()}
    return json.dumps([word for flag in FLAGS if flag in kept for word in (flag, kept[flag])]) if cell else ""


def parse(cell: str) -> Redirection | None:
    """Return what a JSON array of arguments says, None where there is no such container."""
    if not cell:
        return None
    values = _values(cell)
    return Redirection(*(tuple(filter(None, values.get(flag, "").replace(" ", "").split(","))) for flag in FLAGS))


def _values(cell: str) -> dict[str, str]:
    words = list(map(text, sequence(load_json(cell)))) if cell else []
    return {flag: value for flag, value in pairwise(words) if flag in FLAGS}

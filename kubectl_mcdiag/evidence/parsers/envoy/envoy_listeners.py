"""What a gateway's Envoy listens on: `pilot-agent request GET config_dump?resource=dynamic_listeners`.

{"configs": [{"name": "0.0.0.0_15443", "active_state": {"listener": {"address": …, "filter_chains": […]}},
              "error_state": {"details": "error adding listener '0.0.0.0:15443': filter chain '' has the same …"}}]}

A listener that Envoy rejected has an `error_state`; the one before it stays in `active_state` until the pod restarts.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.names import ADDRESS, Kind
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, names, number, sequence, text
from kubectl_mcdiag.evidence.phrases import known
from kubectl_mcdiag.evidence.redaction import NUMBER, WORD, Text, kept


@dataclass(frozen=True, slots=True)
class Listener:
    """One listener; `rejected` is why Envoy refused its newest form, `is_active` whether any form of it is open.

    `server_names` are the SNIs of its filter chains: `outbound_.5000_._.helloworld.sample.svc.cluster.local`.
    """

    name: str
    port: int
    is_active: bool
    server_names: tuple[str, ...]
    rejected: str


def redact(output: str) -> str:
    """Keep of each listener what `parse` reads; of an error the phrases that are known."""
    return json.dumps(kept(_SHAPE, {"configs": [_with_name(entry) for entry in _configs(output)]}), indent=1)


def _with_name(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "name": text(entry.get("name"))}


def _configs(output: str) -> list[dict[str, Any]]:
    return [mapping(entry) for entry in sequence(mapping(load_json(output)).get("configs"))]


_SERVER_NAME = Kind("an SNI", lambda value: re.fullmatch(r"[\w.*|-]{1,600}", value, re.ASCII) is not None)
_ADDRESS = {"socket_address": {"address": ADDRESS, "port_value": NUMBER}}
_SHAPE = {
    "configs": [
        {
            "name": WORD,
            "active_state": {
                "listener": {
                    "address": _ADDRESS,
                    "filter_chains": [{"filter_chain_match": {"server_names": [_SERVER_NAME]}}],
                }
            },
            "error_state": {"details": Text(known), "failed_configuration": {"address": _ADDRESS}},
        }
    ]
}


def _listener(found: dict[str, Any]) -> dict[str, Any]:
    matches = (mapping(mapping(chain).get("filter_chain_match")) for chain in sequence(found.get("filter_chains")))
    chains = [{"filter_chain_match": {"server_names": list(names(match.get("server_names")))}} for match in matches]
    return {"address": mapping(found.get("address")), "filter_chains": chains}


def parse(output: str) -> tuple[Listener, ...]:
    """Return the listeners in the order of their names."""
    return tuple(sorted((_parsed(entry) for entry in _configs(output)), key=lambda found: found.name))


def _parsed(entry: dict[str, Any]) -> Listener:
    active, error = mapping(entry.get("active_state")), mapping(entry.get("error_state"))
    listener = _listener(mapping(active.get("listener")))
    address = listener["address"] or mapping(mapping(error.get("failed_configuration")).get("address"))
    return Listener(
        name=text(entry.get("name")),
        port=number(mapping(address.get("socket_address")).get("port_value")),
        is_active=bool(active),
        server_names=tuple(n for c in listener["filter_chains"] for n in c["filter_chain_match"]["server_names"]),
        rejected=known(text(error.get("details"))),
    )

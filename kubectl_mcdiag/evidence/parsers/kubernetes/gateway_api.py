"""`kubectl get --raw /apis/gateway.networking.k8s.io/v1/gateways`: gateways made with the Kubernetes Gateway API."""

from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.evidence.names import ADDRESS, HOST, LABEL, LABEL_VALUE, NAME
from kubectl_mcdiag.evidence.parsers.shapes import listed, mapping, number, sequence, text, texts, written
from kubectl_mcdiag.evidence.redaction import NUMBER, WORD, Each, Text, kept, named

LISTENER_PROTOCOL = "gateway.istio.io/listener-protocol"


def _address(value: str) -> str:
    return value if ADDRESS.accepts(value) else named(HOST, value)


@dataclass(frozen=True, slots=True)
class Listener:
    """One listener; `passthrough` tells Istio's automatic SNI pass-through (option `listener-protocol`)."""

    name: str
    port: int
    protocol: str
    tls_mode: str
    passthrough: bool


@dataclass(frozen=True, slots=True)
class KubernetesGateway:
    """A Gateway of gateway.networking.k8s.io."""

    name: str
    namespace: str
    labels: dict[str, str]
    class_name: str
    listeners: tuple[Listener, ...]
    addresses: tuple[str, ...]


_SHAPE = {
    "metadata": {"name": NAME, "namespace": LABEL, "labels": Each(LABEL_VALUE)},
    "spec": {
        "gatewayClassName": NAME,
        "listeners": [
            {
                "name": WORD,
                "port": NUMBER,
                "protocol": WORD,
                "tls": {"mode": WORD, "options": {LISTENER_PROTOCOL: WORD}},
            }
        ],
    },
    "status": {"addresses": [{"value": Text(_address)}]},
}


def redact(output: str) -> str:
    """Keep names, labels, listeners and addresses."""
    return written(kept(_SHAPE, item) for item in listed(output))


def parse(output: str) -> tuple[KubernetesGateway, ...]:
    """Return the gateways of a GatewayList."""
    return tuple(_gateway(item) for item in listed(output))


def _gateway(item: dict[str, Any]) -> KubernetesGateway:
    meta, spec = mapping(item.get("metadata")), mapping(item.get("spec"))
    addresses = sequence(mapping(item.get("status")).get("addresses"))
    return KubernetesGateway(
        name=text(meta.get("name")),
        namespace=text(meta.get("namespace")),
        labels=texts(meta.get("labels")),
        class_name=text(spec.get("gatewayClassName")),
        listeners=tuple(_listener(mapping(entry)) for entry in sequence(spec.get("listeners"))),
        addresses=tuple(text(mapping(entry).get("value")) for entry in addresses),
    )


def _listener(entry: dict[str, Any]) -> Listener:
    tls = mapping(entry.get("tls"))
    options = texts(tls.get("options"))
    return Listener(
        name=text(entry.get("name")),
        port=number(entry.get("port")),
        protocol=text(entry.get("protocol")),
        tls_mode=text(tls.get("mode")),
        passthrough=options.get(LISTENER_PROTOCOL) == "auto-passthrough",
    )

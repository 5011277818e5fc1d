"""What is kept of Kubernetes' own objects, kind by kind."""

import base64
import json
import re
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import (
    ADDRESS,
    HOST,
    LABEL,
    LABEL_KEY,
    LABEL_VALUE,
    NAME,
    PORT,
    PORT_NAME,
    RANGE,
    Kind,
)
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.shapes import decoded, load_json, mapping, sequence, text
from kubectl_mcdiag.evidence.redaction import FLAG, NUMBER, WORD, Each, Text, kept, named
from kubectl_mcdiag.evidence.urls import public_url

INJECTOR = "sidecar-injector.istio.io"
AWS = "service.beta.kubernetes.io/aws-load-balancer-"
NODE_SELECTOR = "traffic.istio.io/nodeSelector"

_LIST = Kind("a list of names", lambda value: re.fullmatch(r"[\w.~*/-]+(?:, ?[\w.~*/-]+){0,99}", value) is not None)
_INJECTION = re.compile(r"/inject(?:/[A-Za-z]{1,20}/[\w.:=-]{1,253}){0,8}/?", re.ASCII)


def _selector(value: str) -> str:
    """Return the JSON of labels, a constant where it is none."""
    try:
        return json.dumps(kept(Each(LABEL_VALUE), load_json(value)))
    except ParseError:
        return "[unreadable]"


ANNOTATIONS: dict[str, Any] = {
    "networking.istio.io/exportTo": _LIST,
    "networking.istio.io/traffic-distribution": WORD,
    "topology.istio.io/controlPlaneClusters": _LIST,
    NODE_SELECTOR: Text(_selector),
    **{
        f"{AWS}{name}": _LIST
        for name in (
            "backend-protocol",
            "healthcheck-port",
            "healthcheck-protocol",
            "internal",
            "proxy-protocol",
            "scheme",
            "ssl-ports",
        )
    },
    # The certificate's name holds the number of an account.
    f"{AWS}ssl-cert": Text(lambda _: "[set]"),
    "cloud.google.com/load-balancer-type": WORD,
    "networking.gke.io/load-balancer-type": WORD,
    "service.beta.kubernetes.io/azure-load-balancer-internal": WORD,
    "service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol": WORD,
    "service.beta.kubernetes.io/do-loadbalancer-protocol": WORD,
    "service.beta.kubernetes.io/linode-loadbalancer-default-protocol": WORD,
    "service.beta.kubernetes.io/linode-loadbalancer-default-proxy-protocol": WORD,
}
"""The annotations that are read, and no others."""

_ABOUT = {"name": NAME, "namespace": LABEL, "labels": Each(LABEL_VALUE)}
_ANNOTATED = {**_ABOUT, "annotations": ANNOTATIONS}


def _address(value: Any) -> Any:
    found = mapping(value)
    return {"type": "ExternalIP", "address": named(ADDRESS, text(found.get("address")))}


def _external(value: Any) -> list[Any]:
    return [_address(each) for each in sequence(value) if mapping(each).get("type") == "ExternalIP"]


def _port(value: Any) -> Any:
    """Return the number or the name of a port."""
    found = text(value)
    return int(found) if PORT.accepts(found) else named(PORT_NAME, found)


def _cluster_ip(value: str) -> str:
    return value if value == "None" else named(ADDRESS, value)


def _endpoint_address(value: str) -> str:
    return value if ADDRESS.accepts(value) else named(HOST, value)


def _webhook_path(value: str) -> str:
    return value if _INJECTION.fullmatch(value) else "[unreadable]"


def _webhook_url(value: str) -> str:
    server, path = public_url(value).partition("/…")[0].rstrip("/"), re.sub(r"^\w+://[^/]*", "", value)
    return f"{server}{_webhook_path(path)}" if path.strip("/") else server


def _authority(value: str) -> str:
    return base64.b64encode(certificates.redact(decoded(value)).encode()).decode()


_SELECTOR = {
    "matchLabels": Each(LABEL_VALUE),
    "matchExpressions": [{"key": LABEL_KEY, "operator": WORD, "values": [LABEL_VALUE]}],
}
_POLICY_PORTS = [{"port": _port, "endPort": NUMBER, "protocol": WORD}]
_PEERS = [{"ipBlock": {"cidr": RANGE, "except": [RANGE]}}]
_HOOK = {
    "name": NAME,
    "clientConfig": {
        "service": {"name": LABEL, "namespace": LABEL, "path": Text(_webhook_path)},
        "url": Text(_webhook_url),
        "caBundle": Text(_authority),
    },
}


def _hooks(value: Any) -> list[Any]:
    """Keep the place of each hook, for patches count them; of those that inject nothing, nothing else."""
    hooks = [mapping(each) for each in sequence(value)]
    return [kept(_HOOK, hook) if INJECTOR in text(hook.get("name")) else {} for hook in hooks]


SHAPES: dict[str, dict[str, Any]] = {
    "Namespace": {"kind": WORD, "metadata": _ANNOTATED},
    "Node": {
        "kind": WORD,
        "metadata": _ABOUT,
        "spec": {"podCIDR": RANGE, "podCIDRs": [RANGE]},
        "status": {"addresses": _external},
    },
    "Service": {
        "kind": WORD,
        "metadata": _ANNOTATED,
        "spec": {
            "type": WORD,
            "clusterIP": Text(_cluster_ip),
            "selector": Each(LABEL_VALUE),
            "ports": [
                {
                    "name": PORT_NAME,
                    "port": NUMBER,
                    "protocol": WORD,
                    "targetPort": _port,
                    "appProtocol": WORD,
                }
            ],
            "externalIPs": [ADDRESS],
            "externalName": Text(_endpoint_address),
            "internalTrafficPolicy": WORD,
            "trafficDistribution": WORD,
        },
        "status": {"loadBalancer": {"ingress": [{"ip": ADDRESS, "hostname": HOST}]}},
    },
    "EndpointSlice": {
        "kind": WORD,
        "metadata": {**_ABOUT, "labels": {"kubernetes.io/service-name": LABEL}},
        "addressType": WORD,
        "endpoints": [
            {
                "addresses": [Text(_endpoint_address)],
                "conditions": {"ready": FLAG},
                "targetRef": {"kind": WORD, "name": NAME},
                "nodeName": NAME,
            }
        ],
        "ports": [{"name": PORT_NAME, "port": NUMBER}],
    },
    "MutatingWebhookConfiguration": {"kind": WORD, "metadata": _ABOUT, "webhooks": _hooks},
    "NetworkPolicy": {
        "kind": WORD,
        "metadata": _ABOUT,
        "spec": {
            "podSelector": _SELECTOR,
            "policyTypes": [WORD],
            "ingress": [{"ports": _POLICY_PORTS, "from": _PEERS}],
            "egress": [{"ports": _POLICY_PORTS, "to": _PEERS}],
        },
    },
}


def is_read(item: dict[str, Any]) -> bool:
    """Return whether an object is of a kind that is read; of webhooks only those of Istio's injection are."""
    kind = text(item.get("kind"))
    hooks = sequence(item.get("webhooks")) if kind == "MutatingWebhookConfiguration" else []
    is_foreign = bool(hooks) and not any(INJECTOR in text(mapping(each).get("name")) for each in hooks)
    return kind in SHAPES and not is_foreign


def pruned(item: dict[str, Any]) -> Any:
    """Return what is read of an object."""
    return kept(SHAPES[text(item.get("kind"))], item)

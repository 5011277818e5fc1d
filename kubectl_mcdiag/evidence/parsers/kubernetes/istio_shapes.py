"""What is kept of Istio's objects, kind by kind."""

import re
from typing import Any

from kubectl_mcdiag.evidence.names import ADDRESS, HOST, LABEL, LABEL_KEY, LABEL_VALUE, NAME, PORT, Kind
from kubectl_mcdiag.evidence.parsers.shapes import mapping, sequence, text
from kubectl_mcdiag.evidence.redaction import FLAG, NUMBER, WORD, Each, Text, kept, named

_LOCALITY = Kind("a locality", lambda value: re.fullmatch(r"[\w.*-]{1,100}(?:/[\w.*-]{1,100}){0,2}", value) is not None)
_PRIORITY = Kind("a label, or a label and its value", lambda value: _is_priority(*value.partition("=")))
_NAMESPACES = Kind(
    "a namespace, or a sign for some", lambda value: value in (".", "*", "~") or LABEL.accepts(value.removeprefix("~"))
)
_IN_NAMESPACE = Kind("a host in a namespace", lambda value: _is_in_namespace(*value.rpartition("/")))
_OBJECT = Kind("a name, or a namespace and a name", lambda value: all(map(NAME.accepts, value.split("/", 1))))
_MOMENT = Kind("a time", lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{8,18}Z", value) is not None)
_PRINCIPAL = Kind("a principal", lambda value: re.fullmatch(r"[\w.:/*-]{1,600}", value, re.ASCII) is not None)


def _is_priority(key: str, equals: str, value: str) -> bool:
    return LABEL_KEY.accepts(key) and (not equals or LABEL_VALUE.accepts(value))


def _is_in_namespace(space: str, slash: str, host: str) -> bool:
    namespace = space.removeprefix("~") or space
    return (not slash or _NAMESPACES.accepts(namespace)) and (HOST.accepts(host) or ADDRESS.accepts(host))


def set_(_value: Any) -> dict[str, Any]:
    """Keep that there is something, and nothing of it."""
    return {}


def _gateway_tls(value: Any) -> dict[str, Any]:
    # That `tls` is given means something even without a mode.
    return {"mode": named(WORD, text(mapping(value).get("mode")))} if value else {}


def _host(value: str) -> str:
    return value if HOST.accepts(value) or ADDRESS.accepts(value) else "[unreadable]"


def _type(value: str) -> str:
    return value if re.fullmatch(r"type\.googleapis\.com/[\w.]{1,200}", value) else "[unreadable]"


ABOUT = {"name": NAME, "namespace": LABEL, "labels": Each(LABEL_VALUE), "creationTimestamp": _MOMENT}
_LABELS = Each(LABEL_VALUE)
LOCALITY_SETTING = {
    "enabled": FLAG,
    "distribute": [{"from": _LOCALITY, "to": Each(NUMBER, _LOCALITY)}],
    "failover": [{"from": _LOCALITY, "to": _LOCALITY}],
    "failoverPriority": [_PRIORITY],
}
"""`localityLbSetting`, of a DestinationRule or of the mesh."""
_BALANCER = {
    "simple": WORD,
    "consistentHash": set_,
    "localityLbSetting": LOCALITY_SETTING,
    "zoneAwareLbSetting": {"enabled": FLAG},
    "warmup": set_,
    "warmupDurationSecs": set_,
}
_OUTLIERS = {
    "splitExternalLocalOriginErrors": FLAG,
    "consecutiveErrors": NUMBER,
    "consecutiveLocalOriginFailures": NUMBER,
    "consecutiveGatewayErrors": NUMBER,
    "consecutive5xxErrors": NUMBER,
    "interval": WORD,
    "baseEjectionTime": WORD,
    "maxEjectionPercent": NUMBER,
    "minHealthPercent": NUMBER,
}
_SETTINGS = {
    "loadBalancer": _BALANCER,
    "connectionPool": {"tcp": {"connectTimeout": WORD}},
    "outlierDetection": _OUTLIERS,
    "tls": {"mode": WORD, "sni": Text(_host)},
}
TRAFFIC_POLICY = {
    **_SETTINGS,
    "portLevelSettings": [{"port": {"number": NUMBER}, **_SETTINGS}],
    "tunnel": set_,
    "proxyProtocol": set_,
    "retryBudget": set_,
}

GATEWAY = {
    "selector": _LABELS,
    "servers": [
        {"port": {"number": NUMBER, "protocol": WORD, "name": WORD}, "tls": _gateway_tls, "hosts": [_IN_NAMESPACE]}
    ],
}
DESTINATION_RULE = {
    "host": Text(_host),
    "exportTo": [_NAMESPACES],
    "trafficPolicy": TRAFFIC_POLICY,
    "subsets": [{"name": WORD, "labels": _LABELS, "trafficPolicy": TRAFFIC_POLICY}],
    "workloadSelector": {"matchLabels": _LABELS},
}
_FORWARDED = {
    "route": [
        {"destination": {"host": Text(_host), "subset": WORD, "port": {"number": NUMBER}}, "weight": NUMBER},
    ]
}
_ROUTES = [_FORWARDED]
ANSWERS = {
    "fault": {"abort": {"httpStatus": NUMBER}},
    "redirect": {"authority": Text(_host), "scheme": WORD, "port": NUMBER, "redirectCode": NUMBER},
    "directResponse": {"status": NUMBER},
}
"""By what an HTTP rule answers instead of forwarding."""
_HTTP_ROUTES = [{**_FORWARDED, **ANSWERS, "timeout": WORD}]
VIRTUAL_SERVICE = {
    "hosts": [Text(_host)],
    "gateways": [_OBJECT],
    "exportTo": [_NAMESPACES],
    "http": _HTTP_ROUTES,
    "tls": _ROUTES,
    "tcp": _ROUTES,
}
SIDECAR = {"workloadSelector": {"labels": _LABELS}, "egress": [{"hosts": [_IN_NAMESPACE]}]}
PEER_AUTHENTICATION = {
    "selector": {"matchLabels": _LABELS},
    "mtls": {"mode": WORD},
    "portLevelMtls": Each({"mode": WORD}, PORT),
}
WORKLOAD = {"address": Text(_host), "labels": _LABELS, "network": WORD}
SERVICE_ENTRY = {
    "hosts": [Text(_host)],
    "ports": [{"number": NUMBER}],
    "exportTo": [_NAMESPACES],
    "endpoints": [WORKLOAD],
    "workloadSelector": {"labels": _LABELS},
}
ENVOY_FILTER = {
    "workloadSelector": {"labels": _LABELS},
    "targetRefs": [set_],
    "configPatches": [
        {
            "applyTo": WORD,
            "match": {"context": WORD},
            "patch": {"value": {"name": WORD, "typed_config": {"@type": Text(_type)}}},
        }
    ],
}
"""Of what it puts in only the name and the type: its settings can hold a key."""
REQUEST_AUTHENTICATION = {
    "selector": {"matchLabels": _LABELS},
    "targetRef": set_,
    "targetRefs": [set_],
}
_POLICY_OBJECT = {"selector": {"matchLabels": _LABELS}, "action": WORD}
_SOURCE = {"principals": [_PRINCIPAL], "namespaces": [WORD]}


def authorization_policy(spec: dict[str, Any]) -> dict[str, Any]:
    """Keep whom a policy is for and who calls; of paths, headers and conditions only that there are some."""
    rules = {"rules": [_rule(mapping(each)) for each in sequence(spec["rules"])]} if spec.get("rules") else {}
    found: dict[str, Any] = kept(_POLICY_OBJECT, spec)
    targets = {"targetRefs": [{"kind": "[set]"}]} if spec.get("targetRef") or spec.get("targetRefs") else {}
    return {**found, **targets, **rules}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {key: [{}] for key in ("to", "when") if rule.get(key)}
    callers = [{"source": _source(mapping(mapping(entry).get("source")))} for entry in sequence(rule.get("from"))]
    return {**({"from": callers} if "from" in rule else {}), **more}


def _source(source: dict[str, Any]) -> dict[str, Any]:
    # What else it asks for makes it partial, whatever it is.
    more: dict[str, Any] = {"ipBlocks": []} if source.keys() - _SOURCE.keys() else {}
    return {**kept(_SOURCE, source), **more}

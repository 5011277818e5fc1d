"""EnvoyFilters, on the client's side, on the server's, and on gateways."""

from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import called, created, name, new, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "filters"
API = "networking.istio.io/v1alpha3"
HCM = "envoy.filters.network.http_connection_manager"
TYPE = "type.googleapis.com/envoy.extensions.filters"
Patch = dict[str, Any]


def _http(filter_name: str, config: dict[str, Any], context: str) -> Patch:
    match = {"context": context, "listener": {"filterChain": {"filter": {"name": HCM}}}}
    value = {"name": filter_name, "typed_config": config}
    return {"applyTo": "HTTP_FILTER", "match": match, "patch": {"operation": "INSERT_FIRST", "value": value}}


def _lua(code: str, context: str) -> Patch:
    config = {"@type": f"{TYPE}.http.lua.v3.Lua", "default_source_code": {"inline_string": code}}
    return _http("mcdiag.lua", config, context)


def _limit(tokens: int, context: str) -> Patch:
    always = {"default_value": {"numerator": 100}}
    config = {
        "@type": f"{TYPE}.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "limit",
        "token_bucket": {"max_tokens": tokens, "tokens_per_fill": tokens, "fill_interval": "60s"},
        "filter_enabled": {**always, "runtime_key": "limit_on"},
        "filter_enforced": {**always, "runtime_key": "limit_in_force"},
    }
    return _http("envoy.filters.http.local_ratelimit", config, context)


def _abort(context: str) -> Patch:
    abort = {"http_status": 500, "percentage": {"numerator": 100}}
    return _http("envoy.filters.http.fault", {"@type": f"{TYPE}.http.fault.v3.HTTPFault", "abort": abort}, context)


ANSWER = 'function envoy_on_request(h) h:respond({[":status"] = "403"}, "no") end'
HEADER = 'function envoy_on_request(h) h:headers():add("x-team", "amber") end'


def _of_http(context: str) -> dict[str, Patch]:
    return {
        "answers 403": _lua(ANSWER, context),
        "adds a header": _lua(HEADER, context),
        "limits to 2 a minute": _limit(2, context),
        "limits to 10000 a minute": _limit(10000, context),
        "aborts": _abort(context),
    }


ANYBODY = {"permissions": [{"any": True}], "principals": [{"any": True}]}
DENIAL = {
    "@type": f"{TYPE}.network.rbac.v3.RBAC",
    "stat_prefix": "deny",
    "rules": {"action": "DENY", "policies": {"all": ANYBODY}},
}


def _denial(context: str) -> Patch:
    chain = {"filter": {"name": "envoy.filters.network.tcp_proxy"}}
    value = {"name": "mcdiag.deny", "typed_config": DENIAL}
    return {
        "applyTo": "NETWORK_FILTER",
        "match": {"context": context, "listener": {"filterChain": chain}},
        "patch": {"operation": "INSERT_BEFORE", "value": value},
    }


@kind
def http_filter(chance: Random, ground: Ground) -> Mutation:
    """Draw a filter that meets requests where the client sends them or where the server gets them."""
    context = chance.choice(["SIDECAR_INBOUND", "SIDECAR_OUTBOUND"])
    app, namespace = ("curl", "sample") if context == "SIDECAR_OUTBOUND" else _server(chance, ground)
    about, patch = chance.choice(list(_of_http(context).items()))
    return _made(chance, ground, f"{app} {context.lower()} {about}", namespace, {"app": app}, patch)


@kind
def tcp_filter(chance: Random, ground: Ground) -> Mutation:
    """Draw a filter that meets connections: of the ledger's pods, or of east-west gateways."""
    at_gateway = chance.random() < 0.5
    context = "GATEWAY" if at_gateway else "SIDECAR_INBOUND"
    labels = {"istio": "eastwestgateway"} if at_gateway else {"app": "ledger"}
    namespace = ground.shape.istio_namespace if at_gateway else "shop"
    return _made(chance, ground, f"{labels} denies connections", namespace, labels, _denial(context))


@kind
def cluster_patch(chance: Random, ground: Ground) -> Mutation:
    """Draw a patch of the clients' clusters for a service."""
    to = called(chance, ground)
    values: dict[str, dict[str, Any]] = {
        "a connect timeout of 1 ms": {"connect_timeout": "0.001s"},
        "a connect timeout of 5 s": {"connect_timeout": "5s"},
        "one request and no more": {
            "circuit_breakers": {"thresholds": [{"max_connections": 1, "max_pending_requests": 1, "max_requests": 1}]}
        },
    }
    about, value = chance.choice(list(values.items()))
    match = {"context": "SIDECAR_OUTBOUND", "cluster": {"service": to.host}}
    patch = {"applyTo": "CLUSTER", "match": match, "patch": {"operation": "MERGE", "value": value}}
    return _made(chance, ground, f"clusters of {to.name} get {about}", "sample", {"app": "curl"}, patch)


def _server(chance: Random, ground: Ground) -> tuple[str, str]:
    to = called(chance, ground)
    return to.app, to.namespace


def _made(chance: Random, ground: Ground, about: str, namespace: str, labels: dict[str, str], patch: Patch) -> Mutation:
    spec = {"workloadSelector": {"labels": labels}, "configPatches": [patch]}
    made = new(API, "EnvoyFilter", namespace, name(chance, "filter"), spec)
    return created(FAMILY, f"EnvoyFilter: {about}", some(chance, ground.shape.primary_clusters), made)

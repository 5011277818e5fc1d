"""DestinationRules: made for services that are called, changed, deleted."""

from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import NETWORKING, called, created, deleted, edited, name, new, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "destination rules"
Policy = dict[str, Any]

POLICIES: dict[str, Policy] = {
    "TLS off": {"tls": {"mode": "DISABLE"}},
    "TLS of its own": {"tls": {"mode": "SIMPLE"}},
    "mutual TLS": {"tls": {"mode": "ISTIO_MUTUAL"}},
    "an SNI of its own": {"tls": {"mode": "ISTIO_MUTUAL", "sni": "shop.example.test"}},
    "subject names of its own": {"tls": {"mode": "ISTIO_MUTUAL", "subjectAltNames": ["spiffe://other/ns/a/sa/b"]}},
    "round robin": {"loadBalancer": {"simple": "ROUND_ROBIN"}},
    "a hash of a header": {"loadBalancer": {"consistentHash": {"httpHeaderName": "x-user"}}},
    "passthrough": {"loadBalancer": {"simple": "PASSTHROUGH"}},
    "one connection and none that waits": {
        "connectionPool": {
            "tcp": {"maxConnections": 1},
            "http": {"http1MaxPendingRequests": 1, "maxRequestsPerConnection": 1},
        }
    },
    "many connections": {"connectionPool": {"tcp": {"maxConnections": 500}}},
    "a connect timeout that nothing can meet": {"connectionPool": {"tcp": {"connectTimeout": "0.001s"}}},
    "outlier detection": {"outlierDetection": {"consecutive5xxErrors": 3, "interval": "1s", "baseEjectionTime": "30s"}},
    "the PROXY protocol": {"proxyProtocol": {"version": "V2"}},
    "locality first": {
        "loadBalancer": {"localityLbSetting": {"enabled": True}},
        "outlierDetection": {"consecutive5xxErrors": 3},
    },
    "HTTP/2": {"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}},
}
SUBSETS: dict[str, list[dict[str, Any]]] = {
    "of labels that no pod has": [{"name": "v1", "labels": {"version": "v9"}}],
    "of another name": [{"name": "stable", "labels": {"version": "v1"}}],
    "with an SNI of its own": [
        {
            "name": "v1",
            "labels": {"version": "v1"},
            "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL", "sni": "shop.example.test"}},
        }
    ],
    "with TLS off": [
        {"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"tls": {"mode": "DISABLE"}}},
    ],
    "of all labels": [{"name": "v1"}],
    "and one more": [{"name": "v1", "labels": {"version": "v1"}}, {"name": "v2", "labels": {"version": "v2"}}],
}


@kind
def created_rule(chance: Random, ground: Ground) -> Mutation:
    """Draw a new DestinationRule with a policy."""
    to = called(chance, ground)
    host = chance.choice([to.host, to.host, to.host, f"*.{to.namespace}.svc.cluster.local", "*.local"])
    namespace = chance.choice([to.namespace, to.namespace, ground.shape.istio_namespace, "sample"])
    about = chance.choice(list(POLICIES))
    policy: Policy = POLICIES[about]
    if chance.random() < 0.15:
        policy = {"portLevelSettings": [{"port": {"number": to.port}, **policy}]} if _fits_a_port(policy) else policy
    spec: dict[str, Any] = {"host": host, "trafficPolicy": policy}
    if chance.random() < 0.1:
        spec["exportTo"] = ["."]
    if chance.random() < 0.1:
        spec["workloadSelector"] = {"matchLabels": {"app": chance.choice(["curl", "checkout"])}}
    made = new(NETWORKING, "DestinationRule", namespace, name(chance, "rule"), spec)
    extra = "".join(f", {key}" for key in ("exportTo", "workloadSelector") if key in spec)
    what = f"DestinationRule in {namespace} for {host}: {about}{extra}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def changed_subsets(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the subsets of a DestinationRule that a route may lead to."""
    found = _declared(ground)
    if not found:
        return None
    about = chance.choice(list(SUBSETS))
    one = chance.choice(found)
    clusters = some(chance, ground.shape.primary_clusters)
    among = [other for other in found if other.name == one.name and other.cluster in clusters]
    what = f"DestinationRule {one.name}: subset {about}"
    return edited(FAMILY, what, among, lambda copy: copy["spec"].update(subsets=SUBSETS[about])) if among else None


@kind
def changed_policy(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the policy of a DestinationRule that is there."""
    found = _declared(ground)
    if not found:
        return None
    about = chance.choice(list(POLICIES))
    one = chance.choice(found)
    what = f"DestinationRule {one.name}: {about}"
    return edited(FAMILY, what, [one], lambda copy: copy["spec"].update(trafficPolicy=POLICIES[about]))


@kind
def deleted_rule(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a DestinationRule that is there no more, in one cluster or in all."""
    found = _declared(ground)
    if not found:
        return None
    one, clusters = chance.choice(found), some(chance, ground.shape.primary_clusters)
    among = [other for other in found if other.name == one.name and other.cluster in clusters]
    return deleted(FAMILY, among or [one])


def _declared(ground: Ground) -> list[Any]:
    return [one for one in ground.of("DestinationRule") if one.namespace == "shop"]


def _fits_a_port(policy: Policy) -> bool:
    return set(policy) <= {"tls", "loadBalancer", "connectionPool", "outlierDetection"}

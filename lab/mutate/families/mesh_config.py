"""The mesh configuration of an istiod."""

from dataclasses import replace
from random import Random
from typing import Any

import yaml

from lab.mutate.change import Mutation
from lab.mutate.drawing import edited, held, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "mesh config"
NAMED = {"key": "kubernetes.io/metadata.name"}
LOCAL = "*.shop.svc.cluster.local"
FIELDS: dict[str, dict[str, Any]] = {
    "nothing but what is registered": {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}},
    "no automatic mutual TLS": {"enableAutoMtls": False},
    "another trust domain": {"trustDomain": "other.test"},
    "an alias of the trust domain": {"trustDomainAliases": ["old.test"]},
    "the shop local to each cluster": {"serviceSettings": [{"settings": {"clusterLocal": True}, "hosts": [LOCAL]}]},
    "everything local to each cluster": {"serviceSettings": [{"settings": {"clusterLocal": True}, "hosts": ["*"]}]},
    "the shop not discovered": {
        "discoverySelectors": [{"matchExpressions": [{**NAMED, "operator": "NotIn", "values": ["shop"]}]}]
    },
    "everything discovered": {"discoverySelectors": [{"matchExpressions": [{**NAMED, "operator": "Exists"}]}]},
    "services seen in their namespace only": {"defaultServiceExportTo": ["."]},
    "routes seen in their namespace only": {"defaultVirtualServiceExportTo": ["."]},
    "rules seen in their namespace only": {"defaultDestinationRuleExportTo": ["."]},
    "a connect timeout of 1 ms": {"connectTimeout": "0.001s"},
    "no access log": {"accessLogFile": ""},
    "the PROXY protocol at gateways": {"defaultConfig": {"gatewayTopology": {"proxyProtocol": {}}}},
    "no locality load balancing": {"localityLbSetting": {"enabled": False}},
    "HTTP/2 wherever it can be": {"h2UpgradePolicy": "UPGRADE"},
    "TLS 1.3 at least": {"meshMTLS": {"minProtocolVersion": "TLSV1_3"}},
    "no retries": {"defaultHttpRetryPolicy": {"attempts": 0}},
    "the shop as root namespace": {"rootNamespace": "shop"},
}


@kind
def field(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a field of the mesh configuration, in one cluster or in all."""
    shape, about = ground.shape, chance.choice(list(FIELDS))
    name = f"istio-{shape.revision}" if shape.revision else "istio"
    found = held(ground, some(chance, shape.primary_clusters), "ConfigMap", shape.istio_namespace, name)
    values = FIELDS[about]

    def edit(copy: dict[str, Any]) -> None:
        config = yaml.safe_load(copy["data"]["mesh"])
        merged = {**config.get("defaultConfig", {}), **values.get("defaultConfig", {})}
        copy["data"]["mesh"] = yaml.safe_dump({**config, **values, "defaultConfig": merged})

    if not found:
        return None
    made = edited(FAMILY, f"mesh config: {about}", found, edit)
    words = (("mesh config",), ("meshConfig",), *((key,) for key in (*values, *values.get("defaultConfig", ()))))
    return replace(made, subjects=tuple(one.subject(*words) for one in found))

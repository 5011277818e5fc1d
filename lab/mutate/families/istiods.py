"""Istiod's own Deployment: its environment, its replicas."""

from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import edited, rolled
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "istiods"
SETTINGS = (
    ("CLUSTER_ID", "cluster9"),
    ("CLUSTER_ID", "Kubernetes"),
    ("PILOT_FILTER_GATEWAY_CLUSTER_CONFIG", "true"),
    ("PILOT_ENABLE_CROSS_CLUSTER_WORKLOAD_ENTRY", "false"),
    ("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "true"),
    ("PILOT_ENABLE_EDS_DEBOUNCE", "false"),
    ("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", "false"),
    ("ENABLE_MCS_SERVICE_DISCOVERY", "true"),
    ("ENABLE_MCS_HOST", "true"),
    ("EXTERNAL_ISTIOD", "true"),
    ("ISTIO_MULTIROOT_MESH", "true"),
    ("PILOT_DEBOUNCE_AFTER", "200ms"),
    ("PILOT_JWT_ENABLE_REMOTE_JWKS", "true"),
    ("PILOT_PUSH_THROTTLE", "20"),
    ("LOCAL_CLUSTER_SECRET_WATCHER", "true"),
    ("PILOT_ENABLE_AMBIENT", "true"),
    ("RESOLVE_HOSTNAME_GATEWAYS", "false"),
    ("PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "true"),
    ("PILOT_ENABLE_TELEMETRY_LABEL", "false"),
)


@kind
def environment(chance: Random, ground: Ground) -> Mutation:
    """Draw a variable of istiod's environment, which starts it again."""
    variable, value = chance.choice(SETTINGS)

    def edit(copy: dict[str, Any]) -> None:
        container = copy["spec"]["template"]["spec"]["containers"][0]
        kept = [one for one in container["env"] if one["name"] != variable]
        container["env"] = [*kept, {"name": variable, "value": value}]

    return _of_istiod(chance, ground, f"istiod gets {variable}={value}", edit)


@kind
def replicas(chance: Random, ground: Ground) -> Mutation:
    """Draw how many istiods a cluster has."""
    number = chance.choice([0, 2])
    return _of_istiod(chance, ground, f"{number} istiods", lambda copy: copy["spec"].update(replicas=number))


def _of_istiod(chance: Random, ground: Ground, about: str, edit: Any) -> Mutation:
    shape = ground.shape
    one = ground.one(chance.choice(shape.primary_clusters), "Deployment", shape.istio_namespace, shape.istiod)
    made = edited(FAMILY, about, [one], edit)
    return rolled(made)

"""Traffic: connections, requests, locality, outlier ejection, subsets, and what keeps calls local."""

from types import ModuleType

from kubectl_mcdiag.checks.traffic import (
    calls_bound,
    cluster_local,
    cluster_local_by_nature,
    connections,
    gateway_reachable,
    gateways_alike,
    headless_across_networks,
    locality,
    locality_weights,
    node_local,
    nodes_placed,
    outlier_ejection,
    pod_connections,
    pods_reachable,
    requests_answered,
    subset_pinned,
)

RULES: tuple[ModuleType, ...] = (
    pods_reachable,
    gateway_reachable,
    gateways_alike,
    connections,
    outlier_ejection,
    pod_connections,
    requests_answered,
    locality,
    locality_weights,
    nodes_placed,
    node_local,
    subset_pinned,
    calls_bound,
    cluster_local,
    cluster_local_by_nature,
    headless_across_networks,
)

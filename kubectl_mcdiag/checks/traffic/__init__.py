"""Traffic: connections, requests, locality, outlier ejection, subsets, and what keeps calls local.

When configuration is right, these rules say what becomes of calls: connections that fail, by Envoy's counters read
twice or by `--probe`; and endpoints that are ejected. Most of the family are notes: locality load balancing, subsets,
`clusterLocal` and `internalTrafficPolicy` keep calls in their cluster on purpose, and look exactly like a broken mesh.
"""

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

"""The rules, causes before consequences: this list is the registry and the causal order."""

from types import ModuleType

from kubectl_mcdiag.checks import (
    authority_in_force,
    authority_plugged,
    cluster_ids,
    cluster_local,
    connections,
    endpoints_given,
    endpoints_learnt,
    endpoints_ready,
    endpoints_through_gateway,
    gateway_address,
    gateway_exposure,
    gateway_label,
    gateway_present,
    istiod_running,
    locality,
    remote_cluster_synced,
    remote_secret_address,
    remote_secret_key,
    remote_secret_label,
    remote_secret_namespace,
    remote_secret_present,
    remote_secret_taken,
    remote_secret_token,
    roots_shared,
    service_present,
    subset_pinned,
    system_network,
    workload_network,
)
from kubectl_mcdiag.findings import Check

MODULES: tuple[ModuleType, ...] = (
    # access and identity
    istiod_running,
    cluster_ids,
    # trust
    authority_in_force,
    authority_plugged,
    roots_shared,
    # discovery
    remote_secret_present,
    remote_secret_namespace,
    remote_secret_label,
    remote_secret_key,
    remote_secret_address,
    remote_secret_taken,
    remote_secret_token,
    remote_cluster_synced,
    # networks and gateways
    gateway_present,
    gateway_label,
    gateway_address,
    system_network,
    workload_network,
    gateway_exposure,
    # service and policy
    service_present,
    endpoints_ready,
    endpoints_learnt,
    endpoints_given,
    endpoints_through_gateway,
    # transport and traffic
    connections,
    locality,
    subset_pinned,
    cluster_local,
)
CHECKS: tuple[Check, ...] = tuple(module.CHECK for module in MODULES)

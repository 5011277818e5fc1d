"""Remote clusters: how a cluster without istiod reaches the istiod of a primary or of an external control plane."""

from types import ModuleType

from kubectl_mcdiag.checks.remote_clusters import (
    injection_path,
    istiod_exposed,
    primary_external,
    proxy_cluster,
    remote_istiod_service,
    remote_namespace_assigned,
    token_review,
    webhook_address,
    webhook_authority,
)

RULES: tuple[ModuleType, ...] = (
    remote_istiod_service,
    istiod_exposed,
    remote_namespace_assigned,
    primary_external,
    webhook_authority,
    injection_path,
    webhook_address,
    token_review,
    proxy_cluster,
)

"""Remote clusters: how a cluster without istiod reaches the istiod of a primary or of an external control plane.

A remote cluster runs no istiod. Its proxies and its injection webhook call a Service of their own cluster that points
to the east-west gateway of the primary, on ports 15012 and 15017. The primary must expose these, be assigned as the
control plane of the remote cluster, and be allowed to review the tokens of its pods. Faults here show as pods that are
not injected, do not start, or never become ready.
"""

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

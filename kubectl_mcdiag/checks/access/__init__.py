"""Access and identity: istiod runs, its version, cluster IDs, mesh IDs, revisions, cluster domains."""

from types import ModuleType

from kubectl_mcdiag.checks.access import (
    cluster_domains,
    cluster_ids,
    cluster_twice,
    control_plane_versions,
    istiod_running,
    mesh_ids,
    proxies_current,
    proxy_versions,
    revision_served,
)

RULES: tuple[ModuleType, ...] = (
    cluster_twice,
    istiod_running,
    cluster_ids,
    control_plane_versions,
    proxy_versions,
    revision_served,
    proxies_current,
    mesh_ids,
    cluster_domains,
)

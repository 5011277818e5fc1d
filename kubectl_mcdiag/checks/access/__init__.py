"""Access and identity: istiod runs, its version, cluster IDs, mesh IDs, revisions, cluster domains.

Clusters form a mesh when each has an ID of its own, runs a supported istiod or is served by one, and agrees with the
others on what services are called. Faults here look like faults elsewhere: two clusters with one ID overwrite each
other's endpoints, and a namespace whose revision no istiod serves gets no sidecars. Start with `istioctl version` and
`kubectl get pods -n istio-system` in every cluster.
"""

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

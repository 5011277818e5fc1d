"""Discovery: remote secrets, what istiod reads of other clusters with them, and which namespaces it selects.

istiod learns the endpoints of another cluster by watching its API server, with the kubeconfig in a remote secret: a
Secret of istiod's namespace with the label `istio/multiCluster=true`, whose key is the ID of the other cluster. A
secret that is missing, not labelled, in another namespace, or that does not work leaves istiod with local endpoints
only: calls do not fail, they never leave the cluster. Secrets are per direction. `istioctl remote-clusters` shows what
each istiod has synced; only its log says why not.
"""

from types import ModuleType

from kubectl_mcdiag.checks.discovery import (
    discovery_selectors,
    endpoints_kept,
    kubeconfig_files,
    local_istiod,
    reader_bound,
    reader_rights,
    remote_cluster_synced,
    remote_secret_address,
    remote_secret_authentication,
    remote_secret_authority,
    remote_secret_key,
    remote_secret_kubeconfig,
    remote_secret_label,
    remote_secret_namespace,
    remote_secret_present,
    remote_secret_proxy,
    remote_secret_self,
    remote_secret_server_name,
    remote_secret_stale,
    remote_secret_taken,
    remote_secret_token,
    remote_secret_unique,
    replicas_agree,
    system_namespace,
)

RULES: tuple[ModuleType, ...] = (
    local_istiod,
    system_namespace,
    kubeconfig_files,
    remote_secret_present,
    remote_secret_namespace,
    remote_secret_label,
    remote_secret_key,
    remote_secret_unique,
    remote_secret_self,
    remote_secret_kubeconfig,
    remote_secret_authentication,
    remote_secret_proxy,
    remote_secret_address,
    remote_secret_authority,
    remote_secret_server_name,
    remote_secret_token,
    reader_bound,
    reader_rights,
    remote_secret_taken,
    replicas_agree,
    endpoints_kept,
    remote_secret_stale,
    discovery_selectors,
    remote_cluster_synced,
)

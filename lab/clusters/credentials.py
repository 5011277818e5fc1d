"""What one cluster's Kubernetes programs identify themselves with: certificates, keys, kubeconfigs."""

import base64
import json

from lab.clusters.certificates import Identity, Wanted, elliptic_key, issue
from lab.clusters.cluster import Cluster

ADMIN = Wanted("admin", "system:masters")
CLIENTS = {
    "admin": ADMIN,
    "controllers": Wanted("system:kube-controller-manager"),
    "scheduler": Wanted("system:kube-scheduler"),
    "kube-proxy": Wanted("system:kube-proxy"),
}
API_HOSTS = ("127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


def issue_all(cluster: Cluster) -> None:
    """Write every certificate, key and kubeconfig that the cluster's programs are started with."""
    cluster.credentials.mkdir()
    authority = issue(Wanted(f"{cluster.name}-kubernetes-ca", authority=True), elliptic_key())
    _write(cluster, "ca", authority)
    for name, wanted in _servers(cluster).items():
        _write(cluster, name, issue(wanted, elliptic_key(), authority))
    for name, wanted in (CLIENTS | {"kubelet": _node(cluster)}).items():
        client = issue(wanted, elliptic_key(), authority)
        _write(cluster, name, client)
        _write_kubeconfig(cluster, name, client)
    signing = issue(Wanted("service-accounts"), elliptic_key())
    _write(cluster, "service-accounts", signing)
    (cluster.credentials / "service-accounts.pub").write_text(signing.public_key_pem)


def _servers(cluster: Cluster) -> dict[str, Wanted]:
    hosts = (cluster.address, cluster.first_service, *API_HOSTS)
    return {
        "apiserver": Wanted("kube-apiserver", hosts=hosts),
        "apiserver-to-kubelet": Wanted("kube-apiserver", "system:masters"),
        "kubelet-server": Wanted(cluster.namespace, hosts=(cluster.address, cluster.namespace)),
    }


def _node(cluster: Cluster) -> Wanted:
    return Wanted(f"system:node:{cluster.namespace}", "system:nodes")


def _write(cluster: Cluster, name: str, identity: Identity) -> None:
    (cluster.credentials / f"{name}.pem").write_text(identity.certificate_pem)
    key = cluster.credentials / f"{name}.key"
    key.touch(mode=0o600)
    key.write_text(identity.key_pem)


def _write_kubeconfig(cluster: Cluster, name: str, client: Identity) -> None:
    user = f"{name}@{cluster.name}"
    authority = (cluster.credentials / "ca.pem").read_text()
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": cluster.name,
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": user}}],
        "clusters": [
            {
                "name": cluster.name,
                "cluster": {"server": cluster.server, "certificate-authority-data": _encoded(authority)},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encoded(client.certificate_pem),
                    "client-key-data": _encoded(client.key_pem),
                },
            }
        ],
    }
    (cluster.folder / f"{name}.kubeconfig").write_text(json.dumps(kubeconfig, indent=1))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

"""The control plane of one cluster: etcd, API server, controllers and scheduler, as processes on its node."""

from pathlib import Path

from lab.artifacts.programs import KUBERNETES, built
from lab.clusters.cluster import Cluster
from lab.clusters.tools import try_kubectl
from lab.places import HERE
from lab.processes import start, wait_for

AUDIT_POLICY = HERE / "clusters" / "audit-policy.yaml"
ETCD = "http://127.0.0.1:2379"


def start_servers(cluster: Cluster) -> None:
    """Start etcd and the API server."""
    _start(cluster, "etcd", *_etcd())
    _start(cluster, "kube-apiserver", *_apiserver(cluster))


def wait_until_ready(cluster: Cluster) -> None:
    """Return once the API server answers that it is ready."""
    log = cluster.folder / "kube-apiserver.log"
    wait_for(lambda: _answers(cluster), f"the API server of {cluster.name}", log=log)


def start_controllers(cluster: Cluster) -> None:
    """Start the controller manager and the scheduler, which need a ready API server."""
    _start(cluster, "kube-controller-manager", *_controllers(cluster))
    _start(cluster, "kube-scheduler", *_scheduler(cluster))


def _answers(cluster: Cluster) -> bool:
    return try_kubectl(cluster, "get", "--raw", "/readyz").exit_code == 0


def _start(cluster: Cluster, program: str, *args: str) -> None:
    binary: Path = built(KUBERNETES) / program
    start(cluster.inside(binary, *args), cluster.folder / f"{program}.log")


def _etcd() -> tuple[str, ...]:
    return (
        "--data-dir=/var/lib/etcd",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        # Nothing here has to outlive a power cut.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def _apiserver(cluster: Cluster) -> tuple[str, ...]:
    held = cluster.credentials
    return (
        f"--etcd-servers={ETCD}",
        f"--advertise-address={cluster.address}",
        f"--service-cluster-ip-range={cluster.services}",
        f"--tls-cert-file={held}/apiserver.pem",
        f"--tls-private-key-file={held}/apiserver.key",
        f"--client-ca-file={held}/ca.pem",
        f"--service-account-issuer=https://kubernetes.default.svc.{cluster.dns_domain}",
        f"--service-account-key-file={held}/service-accounts.pub",
        f"--service-account-signing-key-file={held}/service-accounts.key",
        f"--kubelet-client-certificate={held}/apiserver-to-kubelet.pem",
        f"--kubelet-client-key={held}/apiserver-to-kubelet.key",
        f"--kubelet-certificate-authority={held}/ca.pem",
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        f"--audit-policy-file={AUDIT_POLICY}",
        f"--audit-log-path={cluster.folder}/audit.log",
        "--enable-priority-and-fairness=false",
        "--event-ttl=15m",
        "--profiling=false",
    )


def _controllers(cluster: Cluster) -> tuple[str, ...]:
    return (
        *_as_client(cluster, "controllers"),
        f"--cluster-name={cluster.name}",
        f"--root-ca-file={cluster.credentials}/ca.pem",
        f"--service-account-private-key-file={cluster.credentials}/service-accounts.key",
        "--use-service-account-credentials=true",
    )


def _scheduler(cluster: Cluster) -> tuple[str, ...]:
    return _as_client(cluster, "scheduler")


def _as_client(cluster: Cluster, name: str) -> tuple[str, ...]:
    kubeconfig = cluster.folder / f"{name}.kubeconfig"
    return (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--profiling=false",
    )

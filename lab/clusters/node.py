"""The node's own programs: containerd, kubelet, kube-proxy and a DNS server, with their settings."""

import json
from pathlib import Path
from typing import Any

import yaml

from lab.artifacts.images import PAUSE
from lab.artifacts.programs import KUBERNETES, built
from lab.artifacts.store import copy, store
from lab.clusters.cluster import CLOUD_DOMAIN, Cluster
from lab.processes import start

SOCKET = "/run/containerd/containerd.sock"


def start_runtime(cluster: Cluster) -> None:
    """Start containerd on a copy of the prepared image store, and the DNS server."""
    copy(store(cluster.versions), cluster.state / "lib" / "containerd")
    _write(cluster, "containerd.toml", _containerd(cluster))
    (cluster.folder / "cni").mkdir()
    start(
        cluster.inside("containerd", "-c", cluster.folder / "containerd.toml"),
        cluster.folder / "containerd.log",
    )
    _start_dns(cluster)


def start_node(cluster: Cluster) -> None:
    """Start kubelet and kube-proxy."""
    _write(cluster, "cni/10-pods.conflist", json.dumps(_pod_network(cluster)))
    _write(cluster, "resolv.conf", "")
    _write(cluster, "kubelet.yaml", yaml.safe_dump(_kubelet(cluster)))
    _write(cluster, "kube-proxy.yaml", yaml.safe_dump(_kube_proxy(cluster)))
    _start(
        cluster, "kubelet", f"--config={cluster.folder}/kubelet.yaml",
        f"--kubeconfig={cluster.folder}/kubelet.kubeconfig", f"--hostname-override={cluster.namespace}",
        f"--node-ip={cluster.address}", f"--node-labels={_topology(cluster)}",
    )  # fmt: skip
    _start(cluster, "kube-proxy", f"--config={cluster.folder}/kube-proxy.yaml")


def hosts_file(cluster: Cluster) -> Path:
    """Return the file from which the cluster's DNS server answers."""
    return cluster.folder / "hosts"


def dns_pid_file(cluster: Cluster) -> Path:
    """Return the file with the DNS server's process id."""
    return cluster.folder / "dnsmasq.pid"


def _start(cluster: Cluster, program: str, *args: str) -> None:
    start(cluster.inside(built(KUBERNETES) / program, *args), cluster.folder / f"{program}.log")


def _write(cluster: Cluster, name: str, text: str) -> None:
    (cluster.folder / name).write_text(text)


def _topology(cluster: Cluster) -> str:
    region = cluster.region
    return f"topology.kubernetes.io/region={region},topology.kubernetes.io/zone={region}-a"


def _start_dns(cluster: Cluster) -> None:
    hosts_file(cluster).write_text(f"{cluster.first_service} kubernetes.default.svc.{cluster.dns_domain}\n")
    known = (
        "--no-resolv",
        "--no-hosts",
        f"--local=/{cluster.dns_domain}/",
        f"--local=/{CLOUD_DOMAIN}/",
        "--local=//",
    )
    server = (
        "dnsmasq", "--keep-in-foreground", "--user=root", "--log-facility=-", "--bind-interfaces",
        f"--pid-file={dns_pid_file(cluster)}", f"--listen-address={cluster.address}",
        f"--addn-hosts={hosts_file(cluster)}", *known,
    )  # fmt: skip
    # In the machine's own process namespace, so that the cloud can signal it by its id.
    enter = ("nsenter", f"--net=/run/netns/{cluster.namespace}", "--")
    start((*enter, *server), cluster.folder / "dnsmasq.log")


def _containerd(cluster: Cluster) -> str:
    return f"""version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE}"
# Lowering a score needs a capability that a sandboxed root does not have.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{cluster.folder}/cni"
"""


def _pod_network(cluster: Cluster) -> dict[str, Any]:
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": cluster.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}


def _kubelet(cluster: Cluster) -> dict[str, Any]:
    held = cluster.credentials
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": f"{held}/ca.pem"},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "tlsCertFile": f"{held}/kubelet-server.pem",
        "tlsPrivateKeyFile": f"{held}/kubelet-server.key",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "resolvConf": f"{cluster.folder}/resolv.conf",
        "clusterDomain": cluster.dns_domain,
        "clusterDNS": [cluster.address],
        # No control groups but the containers' own; version 1 of them will do.
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "maxOpenFiles": 20000,
        "evictionHard": {"memory.available": "1Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
        "syncFrequency": "10s",
        "maxPods": 60,
        "readOnlyPort": 0,
    }


def _kube_proxy(cluster: Cluster) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": cluster.pods,
        "hostnameOverride": cluster.namespace,
        "clientConnection": {"kubeconfig": f"{cluster.folder}/kube-proxy.kubeconfig"},
        # The conntrack limits belong to the machine.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "nftables": {"minSyncPeriod": "100ms"},
    }

"""The machine room: network namespaces joined by a bridge, the nodes' first processes, and their end.

A node is a network, mount and process namespace. Its first process holds them: when it dies, the kernel
ends every process in there, containers too, and drops the mounts; nothing has to be remembered.
"""

import os
import re
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from lab.clusters.cluster import GATEWAY, Cluster
from lab.places import HERE, MOST_CLUSTERS, OUTER, RUN, STATE
from lab.processes import attempt, run, start, wait_for

NETNS = Path("/run/netns")
FIRST_PROCESS = HERE / "clusters" / "first-process.sh"


def make_outer() -> None:
    """Make the outer namespace with the bridge that stands for the world between the clusters."""
    run(("ip", "netns", "add", OUTER))
    _configure(
        OUTER,
        "link set lo up",
        "link add wan type bridge",
        f"addr add {GATEWAY}/24 dev wan",
        "link set wan up",
    )
    # Load balancers with a host name forward from here to the nodes.
    _forward_packets(OUTER)


def make_node(cluster: Cluster) -> None:
    """Make a node's namespaces and folders, ready for processes."""
    name = cluster.namespace
    run(("ip", "netns", "add", name))
    _configure(OUTER, f"link add {name} type veth peer name wan0 netns {name}", f"link set {name} master wan up")
    _configure(
        name, "link set lo up", "link set wan0 up", f"addr add {cluster.address}/24 dev wan0",
        f"addr add {cluster.external_address}/32 dev wan0", f"route add default via {GATEWAY}",
    )  # fmt: skip
    _forward_packets(name)
    (cluster.folder / "node-resolv.conf").write_text(f"nameserver {cluster.address}\n")
    log = cluster.folder / "first-process.log"
    separate = ("unshare", "--mount", "--pid", "--fork", "--propagation=slave")
    first = ("sh", FIRST_PROCESS, cluster.folder, cluster.state)
    start(("nsenter", f"--net={NETNS / name}", *separate, *first), log)
    wait_for(cluster.init_file.exists, f"the first process of {cluster.name}", seconds=10, log=log)


def join_pod_networks(clusters: Iterable[Cluster]) -> None:
    """Let the pods of these clusters reach each other, each under its own address: one flat network."""
    members = tuple(clusters)
    for here in members:
        for there in (member for member in members if member != here):
            _configure(here.namespace, f"route add {there.pods} via {there.address}")
            unmasked = ("-t", "nat", "-A", "POSTROUTING", "-s", here.pods, "-d", there.pods, "-j", "ACCEPT")
            run(("nsenter", f"--net={NETNS / here.namespace}", "iptables", *unmasked))


def remove_all() -> None:
    """Remove every trace of the lab, in whatever state it is; without one, do nothing."""
    names = (OUTER, *(f"{OUTER}{number}" for number in range(1, MOST_CLUSTERS + 1)))
    present = tuple(name for name in names if (NETNS / name).exists())
    _end_processes(present)
    for name in present:
        attempt(("ip", "netns", "delete", name))
    _remove_cgroups()
    for folder in filter(Path.exists, (RUN, STATE)):
        shutil.rmtree(folder)


def _configure(namespace: str, *commands: str) -> None:
    run(("ip", "-netns", namespace, "-batch", "-"), stdin="\n".join(commands))


def _forward_packets(namespace: str) -> None:
    setting = "echo 1 >/proc/sys/net/ipv4/ip_forward"
    run(("nsenter", f"--net={NETNS / namespace}", "sh", "-c", setting))


def _end_processes(names: Iterable[str]) -> None:
    """Kill whatever runs in these network namespaces, but for the caller's own line, and see it end."""
    networks = {os.stat(NETNS / name).st_ino for name in names}  # noqa: PTH116 - the inode behind the mount
    spared = {*_own_line()}
    homes = {_namespace(os.getpid(), "pid")}
    nodes: set[int] = set()

    def gone() -> bool:
        left = [pid for pid in _processes() if pid not in spared and _namespace(pid, "net") in networks]
        nodes.update({_namespace(pid, "pid") for pid in left} - homes)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left and not any(_namespace(pid, "pid") in nodes for pid in _processes())

    wait_for(gone, "the end of the lab's processes", seconds=20)


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _namespace(pid: int, kind: str) -> int:
    """Return the inode of a process's namespace, 0 where it has just ended."""
    try:
        found = re.search(r"\d+", str(Path(f"/proc/{pid}/ns/{kind}").readlink()))
    except OSError:
        return 0
    return int(found.group()) if found else 0


def _own_line() -> Iterator[int]:
    """Yield this process and its parents: `lab run lab down` must not end itself."""
    pid = os.getpid()
    while pid:
        yield pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _remove_cgroups() -> None:
    """Remove the control groups of the lab's containers, which stand beside those of other containerds."""
    containers = [path.name for path in STATE.glob("*/lib/containerd/io.containerd.grpc.v1.cri/*/*")]
    roots = [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*/")]
    for parent in (root / "k8s.io" for root in roots):
        for folder in (*(parent / container for container in containers), parent):
            with suppress(OSError):  # not there, or in use by somebody else
                folder.rmdir()

"""One cluster as a record: its names, addresses and folders, all of them derived from its number."""

from dataclasses import dataclass
from pathlib import Path

from lab.artifacts.versions import NEWEST
from lab.places import OUTER, RUN, STATE
from lab.processes import Argument

WAN = "172.31.0"
CLUSTER_DOMAIN = "cluster.local"
CLOUD_DOMAIN = "cloud.test"
GATEWAY = f"{WAN}.1"
POOL_SIZE = 9


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of this number, counted from 1; also its only node, and its kubectl context.

    `istio`: the version of Istio it is installed with; `canary`: that of a second one beside it.
    `dns_domain`: that of its Services; `range_number`: that of the cluster whose pods' range it uses, 0 for its own.
    """

    number: int
    istio: str = NEWEST
    canary: str = ""
    dns_domain: str = CLUSTER_DOMAIN
    range_number: int = 0

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of Istio that run in it."""
        return tuple(dict.fromkeys((self.istio, self.canary or self.istio)))

    @property
    def name(self) -> str:
        """The context and the cluster ID."""
        return f"cluster{self.number}"

    @property
    def namespace(self) -> str:
        """The node's network namespace and its name in Kubernetes."""
        return f"{OUTER}{self.number}"

    @property
    def address(self) -> str:
        """The node's address, which every other node and the outer namespace reach."""
        return f"{WAN}.{10 + self.number}"

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return f"https://{self.address}:6443"

    @property
    def pods(self) -> str:
        """The range of the pods' addresses."""
        return f"10.{self.range_number or self.number}0.0.0/24"

    @property
    def services(self) -> str:
        """The range of the Services' addresses."""
        return f"10.{self.number}1.0.0/16"

    @property
    def first_service(self) -> str:
        """The address of the Service `kubernetes`."""
        return f"10.{self.number}1.0.1"

    @property
    def pool(self) -> tuple[str, ...]:
        """The addresses that the cloud gives to this cluster's Services."""
        return tuple(f"{WAN}.{20 * (self.number + 1) + i}" for i in range(1, POOL_SIZE + 1))

    @property
    def external_address(self) -> str:
        """An address that is routed to the node, for Services with `externalIPs`."""
        return f"{WAN}.{20 * (self.number + 1)}"

    @property
    def domain(self) -> str:
        """The domain of the host names that the cloud gives to this cluster's load balancers."""
        return f"{self.name}.{CLOUD_DOMAIN}"

    @property
    def region(self) -> str:
        """The region the node says it is in."""
        return f"region{self.number}"

    @property
    def folder(self) -> Path:
        """Configuration, credentials, process ids and logs."""
        return RUN / self.name

    @property
    def state(self) -> Path:
        """The node's disk: what lies under /var/lib, /var/log and /run there."""
        return STATE / self.name

    @property
    def credentials(self) -> Path:
        """Certificates and keys of the Kubernetes programs."""
        return self.folder / "credentials"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "admin.kubeconfig"

    @property
    def init_file(self) -> Path:
        """The file with the process id of the node's first process; there once the node can be entered."""
        return self.folder / "init.pid"

    def inside(self, *argv: Argument) -> tuple[Argument, ...]:
        """Return `argv` as run on the node: its network, mounts and processes."""
        init = self.init_file.read_text().strip()
        return ("nsenter", "--target", init, "--net", "--mount", "--pid", "--", *argv)


def outside(*argv: Argument) -> tuple[Argument, ...]:
    """Return `argv` as run in the outer namespace, where a user's shell would be."""
    return ("nsenter", f"--net=/run/netns/{OUTER}", "--", *argv)

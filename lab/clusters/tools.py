"""kubectl and istioctl on one cluster, run where a user would: in the outer namespace, by context."""

from lab.artifacts.programs import KUBERNETES, built, istio
from lab.clusters.cluster import Cluster, outside
from lab.places import KUBECONFIG
from lab.processes import Argument, Result, attempt, run

INSTALL_SECONDS = 240.0


def kubectl(cluster: Cluster, *args: Argument, stdin: str = "") -> str:
    """Run kubectl on the cluster and return its stdout; raise with its own words when it fails."""
    return run(kubectl_command(cluster, *args), stdin, INSTALL_SECONDS)


def try_kubectl(cluster: Cluster, *args: Argument, stdin: str = "") -> Result:
    """Run kubectl on the cluster and return what came of it."""
    return attempt(kubectl_command(cluster, *args), stdin, INSTALL_SECONDS)


def istioctl(cluster: Cluster, *args: Argument, stdin: str = "") -> str:
    """Run the cluster's own istioctl and return its stdout; raise with its own words when it fails."""
    program = built(istio(cluster.istio)) / "istioctl"
    return run(outside(program, *_chosen(cluster), *args), stdin, INSTALL_SECONDS)


def kubectl_command(cluster: Cluster, *args: Argument) -> tuple[Argument, ...]:
    """Return the argv of kubectl on the cluster, for a caller who runs it otherwise."""
    return outside(built(KUBERNETES) / "kubectl", *_chosen(cluster), *args)


def _chosen(cluster: Cluster) -> tuple[str, ...]:
    return (f"--kubeconfig={KUBECONFIG}", f"--context={cluster.name}")

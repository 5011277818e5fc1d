"""From nothing to running clusters, in the order in which their parts need each other."""

import json
import logging
from typing import Any

from lab.artifacts.programs import KREW, KUBERNETES, built, istio
from lab.clusters.cluster import Cluster
from lab.clusters.control_plane import start_controllers, start_servers, wait_until_ready
from lab.clusters.credentials import issue_all
from lab.clusters.namespaces import join_pod_networks, make_node, make_outer, remove_all
from lab.clusters.node import start_node, start_runtime
from lab.clusters.tools import kubectl
from lab.places import KUBECONFIG, RUN, STATE
from lab.processes import LabError, tail, together
from lab.shape import Shape

log = logging.getLogger(__name__)


def start_clusters(shape: Shape) -> None:
    """Start the shape's clusters; on return their API servers are ready, their nodes about to be."""
    remove_all()
    _make_places(shape)
    join_pod_networks(shape.joined_clusters)
    log.info("namespaces and certificates")
    for cluster in shape.clusters:
        start_servers(cluster)
    together(start_runtime, shape.clusters)
    together(wait_until_ready, shape.clusters)
    log.info("API servers ready")
    for cluster in shape.clusters:
        start_controllers(cluster)
        start_node(cluster)


def wait_for_nodes(shape: Shape) -> None:
    """Return once every node is ready."""
    together(_wait_for_node, shape.clusters)
    log.info("nodes ready")


def _make_places(shape: Shape) -> None:
    RUN.mkdir(mode=0o700)
    STATE.mkdir(mode=0o700)
    make_outer()
    for cluster in shape.clusters:
        cluster.folder.mkdir()
        cluster.state.mkdir()
        make_node(cluster)
        issue_all(cluster)
    KUBECONFIG.write_text(json.dumps(_merged(shape.clusters), indent=1))
    _write_environment(shape)


def _merged(clusters: tuple[Cluster, ...]) -> dict[str, Any]:
    """Return one kubeconfig with a context for each cluster."""
    single = [json.loads(cluster.kubeconfig.read_text()) for cluster in clusters]
    lists = {kind: [entry for one in single for entry in one[kind]] for kind in ("clusters", "users", "contexts")}
    return {**single[0], **lists}


def _write_environment(shape: Shape) -> None:
    """Write what `lab run` adds to a command's environment."""
    folders = ":".join(str(built(toolset)) for toolset in (KUBERNETES, istio(shape.istioctl), KREW))
    settings = (f"KUBECONFIG={KUBECONFIG}", f"KUBECACHEDIR={RUN}/kubectl-cache", f'PATH="{folders}:$PATH"')
    (RUN / "environment").write_text("".join(f"export {setting}\n" for setting in settings))


def _wait_for_node(cluster: Cluster) -> None:
    node = f"node/{cluster.namespace}"
    try:
        kubectl(cluster, "wait", "--for=create", node, "--timeout=60s")
        kubectl(cluster, "wait", "--for=condition=Ready", node, "--timeout=60s")
    except LabError as late:
        raise LabError(f"{cluster.name}: {late}\n{tail(cluster.folder / 'kubelet.log')}") from late

"""Istio on running clusters, in the order of Istio's own guides."""

import json
import logging
from dataclasses import replace
from functools import partial

from lab.artifacts.programs import module_folder
from lab.artifacts.versions import version_named
from lab.cloud.plan import host_name
from lab.clusters.cluster import Cluster
from lab.clusters.tools import istioctl, kubectl
from lab.mesh import operator
from lab.mesh.extras import late_objects
from lab.mesh.gateways import gateway_deployment, gateway_objects
from lab.mesh.manifests import Manifest, as_text, read
from lab.mesh.trust import cacerts, intermediate, keep_roots, make_roots
from lab.mesh.workloads import workload_objects, workloads
from lab.processes import LabError, end_of, together, wait_for
from lab.shape import CANARY, TENANT, Shape

GATEWAY_API_CRDS = "config/crd/standard"
READY = "--timeout=180s"
log = logging.getLogger(__name__)


def install_mesh(shape: Shape) -> None:
    """Install the shape's mesh with its workloads; on return all of them are ready."""
    _prepare(shape)
    together(lambda cluster: _install(shape, cluster, operator.primary(shape, cluster)), shape.primary_clusters)
    log.info("istiod ready in %s", ", ".join(c.name for c in shape.primary_clusters))
    fills = [partial(_fill, shape, cluster) for cluster in shape.primary_clusters]
    exchanges = [partial(_introduce, shape, member) for member in shape.primary_clusters]
    together(lambda job: job(), (*fills, *exchanges))
    log.info("gateways, workloads and remote secrets applied")
    for cluster in shape.remote_clusters:
        _join(shape, cluster)
    together(lambda cluster: wait_until_ready(shape, cluster), shape.clusters)
    for cluster in shape.clusters:
        apply(cluster, late_objects(shape, cluster))
    log.info("workloads ready")


def _introduce(shape: Shape, member: Cluster) -> None:
    """Let all other primaries read a member: its token is made once, as istioctl fails where two calls make it."""
    secret = remote_secret(shape, member)
    for primary in shape.primary_clusters:
        if primary != member:
            apply(primary, secret)


def remote_secret(shape: Shape, member: Cluster) -> list[Manifest]:
    """Return the secret with which an istiod elsewhere reads the member's API server."""
    text = istioctl(
        member, "create-remote-secret", f"--name={member.name}", f"--server={member.server}",
        f"--istioNamespace={shape.istio_namespace}", f"--namespace={shape.istio_namespace}",
    )  # fmt: skip
    return read(text)


def apply(cluster: Cluster, objects: list[Manifest]) -> None:
    """Apply objects to the cluster."""
    if objects:
        kubectl(cluster, "apply", "-f", "-", stdin=version_named(cluster.istio).spoken(as_text(objects)))


def wait_until_ready(shape: Shape, cluster: Cluster) -> None:
    """Return once the cluster's gateway and workloads are ready."""
    wanted = list(workloads(shape, cluster))
    if cluster in shape.gateway_clusters():
        wanted.append((shape.istio_namespace, f"deployment/{gateway_deployment(shape)}"))
    for namespace, name in wanted:
        try:
            kubectl(cluster, "-n", namespace, "wait", "--for=create", name, READY)
            kubectl(cluster, "-n", namespace, "rollout", "status", name, READY)
        except LabError as late:
            raise LabError(f"{cluster.name}: {namespace}/{name}: {late}\n{_events(cluster, namespace)}") from late


def _events(cluster: Cluster, namespace: str) -> str:
    """Return what a person would look at first when pods do not become ready."""
    pods = kubectl(cluster, "-n", namespace, "get", "pods", "-o", "wide")
    events = kubectl(cluster, "-n", namespace, "get", "events", "--sort-by=.lastTimestamp")
    return f"{pods}\n{end_of(events)}"


def _prepare(shape: Shape) -> None:
    """Make the system namespaces, with their network and, on primaries, their CA."""
    roots = make_roots(shape)
    keep_roots(roots)
    for cluster in shape.clusters:
        objects = [_system_namespace(shape, cluster)]
        if cluster in shape.primary_clusters:
            objects.append(cacerts(shape.istio_namespace, intermediate(shape, cluster, roots)))
        apply(cluster, objects)
        if shape.needs_gateway_api:
            crds = module_folder("sigs.k8s.io/gateway-api") / GATEWAY_API_CRDS
            kubectl(cluster, "apply", "--server-side", "-f", crds)


def _system_namespace(shape: Shape, cluster: Cluster) -> Manifest:
    labels = {} if shape.mesh_networks else {"topology.istio.io/network": shape.network(cluster)}
    metadata: Manifest = {"name": shape.istio_namespace, "labels": labels, "annotations": {}}
    if cluster in shape.remote_clusters:
        metadata["annotations"] = {"topology.istio.io/controlPlaneClusters": shape.clusters[0].name}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _install_beside(cluster: Cluster, name: str, wanted: Manifest) -> None:
    """Install a second istiod beside the first, with its own istioctl."""
    file = cluster.folder / f"istio-operator-{name}.json"
    file.write_text(json.dumps(wanted, indent=1))
    istioctl(cluster, "install", "--skip-confirmation", f"--filename={file}", "--readiness-timeout=3m")


def _install(shape: Shape, cluster: Cluster, wanted: Manifest) -> None:
    file = cluster.folder / "istio-operator.json"
    file.write_text(json.dumps(wanted, indent=1))
    said = istioctl(cluster, "install", "--skip-confirmation", f"--filename={file}", "--readiness-timeout=3m")
    (cluster.folder / "istioctl-install.log").write_text(said)
    if shape.canary:
        second = replace(cluster, istio=cluster.canary)
        _install_beside(second, CANARY, operator.primary(replace(shape, revision=CANARY), second))
    if shape.tenant:
        _install_beside(cluster, TENANT, operator.tenant(shape, cluster))
    if shape.tag:
        istioctl(cluster, "tag", "set", shape.tag, f"--revision={shape.revision}",
                 f"--istioNamespace={shape.istio_namespace}")  # fmt: skip


def _fill(shape: Shape, cluster: Cluster) -> None:
    apply(cluster, [*gateway_objects(shape, cluster), *workload_objects(shape, cluster)])


def _join(shape: Shape, cluster: Cluster) -> None:
    """Let a remote cluster be served by the first primary, and read by all."""
    primary = shape.clusters[0]
    _install(shape, cluster, operator.remote(shape, cluster, _gateway_address(shape, primary)))
    _introduce(shape, cluster)
    wait_for(
        lambda: bool(_webhook_authority(shape, cluster)),
        f"istiod of {primary.name} gives {cluster.name}'s injection webhook its CA",
    )
    log.info("%s served by %s", cluster.name, primary.name)
    _fill(shape, cluster)


def _gateway_address(shape: Shape, cluster: Cluster) -> str:
    gateway = gateway_deployment(shape)
    wait_until_ready(shape, cluster)
    address = kubectl(
        cluster, "-n", shape.istio_namespace, "get", "service", gateway,
        "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}",
    )  # fmt: skip
    return host_name(cluster, address) if shape.istiod_by_name else address


def _webhook_authority(shape: Shape, cluster: Cluster) -> str:
    suffix = f"-{shape.revision}" if shape.revision else ""
    suffix += f"-{shape.istio_namespace}" if shape.istio_namespace != "istio-system" else ""
    return kubectl(
        cluster, "get", "mutatingwebhookconfiguration", f"istio-sidecar-injector{suffix}",
        "-o", "jsonpath={.webhooks[0].clientConfig.caBundle}",
    )  # fmt: skip

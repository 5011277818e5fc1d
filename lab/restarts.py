"""Restarts that change no object: the pods are deleted and the same Deployment makes new ones."""

import json
from typing import Any

from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.gateways import gateway_deployment
from lab.mesh.workloads import workloads
from lab.processes import together, wait_for
from lab.shape import Shape

READY_SECONDS = 90.0
DEPLOYMENT = "deployment/"


def restart(cluster: Cluster, namespace: str, deployment: str) -> None:
    """Replace a Deployment's pods and return once the new ones are ready."""
    wanted = json.loads(kubectl(cluster, "-n", namespace, "get", f"deployment/{deployment}", "-o", "json"))["spec"]
    selector = ",".join(f"{key}={value}" for key, value in wanted["selector"]["matchLabels"].items())
    old = {pod["metadata"]["name"] for pod in _pods(cluster, namespace, selector)}
    kubectl(cluster, "-n", namespace, "delete", "pod", "--selector", selector, "--wait=false", "--grace-period=1")

    def renewed() -> bool:
        pods = _pods(cluster, namespace, selector)
        return len(pods) == wanted["replicas"] and all(_is_new(pod, old) for pod in pods)

    wait_for(renewed, f"{cluster.name}: new pods of {namespace}/{deployment} are ready", READY_SECONDS)


def rolled_out(cluster: Cluster, namespace: str, deployment: str, seconds: float = READY_SECONDS) -> None:
    """Return once all pods of a Deployment are those that it wants, and ready."""
    kubectl(cluster, "-n", namespace, "rollout", "status", f"deployment/{deployment}", f"--timeout={seconds:.0f}s")


def restart_mesh(shape: Shape) -> None:
    """Restart everything that holds a certificate: istiod first, then gateways, then workloads."""
    for layer in (_istiods(shape), _gateways(shape), _workloads(shape)):
        together(lambda one: restart(*one), layer)


def _istiods(shape: Shape) -> list[tuple[Cluster, str, str]]:
    return [(cluster, shape.istio_namespace, shape.istiod) for cluster in shape.primary_clusters]


def _gateways(shape: Shape) -> list[tuple[Cluster, str, str]]:
    return [(cluster, shape.istio_namespace, gateway_deployment(shape)) for cluster in shape.gateway_clusters()]


def _workloads(shape: Shape) -> list[tuple[Cluster, str, str]]:
    found = ((cluster, *each) for cluster in shape.clusters for each in workloads(shape, cluster))
    return [
        (cluster, namespace, name.removeprefix(DEPLOYMENT))
        for cluster, namespace, name in found
        if name.startswith(DEPLOYMENT)
    ]


def _pods(cluster: Cluster, namespace: str, selector: str) -> list[dict[str, Any]]:
    listed = json.loads(kubectl(cluster, "-n", namespace, "get", "pods", "--selector", selector, "-o", "json"))
    pods: list[dict[str, Any]] = listed["items"]
    return pods


def _is_new(pod: dict[str, Any], old: set[str]) -> bool:
    conditions = pod["status"].get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and pod["metadata"]["name"] not in old and "deletionTimestamp" not in pod["metadata"]

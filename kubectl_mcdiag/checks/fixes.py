"""Fixes that rules of several families share: restart what made a pod, start a workload, change its pod template."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, look, merge, restart, scale_up, wait
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.access.identity import istiod_pods, proxies
from kubectl_mcdiag.mesh.view import View

UNREADY = Message(
    "Correct with the owner of the workload what the events name: an image, a quota, scheduling, a failing probe, or"
    " the injection webhook. `kubectl get pods` then shows the pods READY."
)
"""What to do about pods that do not start, after a step that shows why."""
RESTARTED = "kubectl.kubernetes.io/restartedAt"


def maker(context: str, pod: Pod) -> Object:
    """Return what made a pod, read from its name and the labels that Kubernetes' controllers set."""
    if "pod-template-hash" in pod.labels:
        name = pod.name.rsplit("-", 1)[0].removesuffix("-" + pod.labels["pod-template-hash"])
        return Object(context, "deployment", name, pod.namespace)
    kind = "statefulset" if "statefulset.kubernetes.io/pod-name" in pod.labels else "daemonset"
    return Object(context, kind, pod.name.rsplit("-", 1)[0], pod.namespace)


def istiod_makers(view: View, context: str) -> tuple[Object, ...]:
    """Return the Deployments of istiod."""
    return _sorted(maker(context, pod) for pod in istiod_pods(view, context))


def restart_istiod(view: View, context: str, why: Message) -> tuple[Step, ...]:
    """Restart istiod and wait for it."""
    return restarted(view, istiod_makers(view, context), why)


def await_istiod(view: View, context: str) -> tuple[Step, ...]:
    """Wait until istiod is ready after something that restarts it."""
    return tuple(wait(view, target) for target in istiod_makers(view, context))


def restart_proxies(view: View, context: str, why: Message) -> tuple[Step, ...]:
    """Restart everything that has a proxy, gateways first, and wait for it."""
    return restart_pods(view, context, proxies(view, context), why)


def restart_pods(view: View, context: str, pods: Iterable[Pod], why: Message) -> tuple[Step, ...]:
    """Restart what made these pods, gateways first, and wait for it."""
    listed = tuple(pods)
    gateways = _sorted(maker(context, pod) for pod in listed if pod.is_gateway)
    others = _sorted(maker(context, pod) for pod in listed if not pod.is_gateway)
    return restarted(view, tuple(dict.fromkeys((*gateways, *others))), why)


def restarted(view: View, targets: tuple[Object, ...], why: Message) -> tuple[Step, ...]:
    """Restart workloads and wait for them, those of one namespace with one command."""
    groups = [tuple(group) for _, group in groupby(targets, key=lambda target: (target.namespace, target.is_named))]
    return (*(restart(view, group, why) for group in groups), *(wait(view, *group) for group in groups))


def change_template(view: View, target: Object, metadata: dict[str, Any], why: Message) -> Step:
    """Change labels and annotations that a workload gives its pods, and restart them; None takes one out.

    As `kubectl rollout restart` does, it sets the time, so that they restart even where nothing else changes.
    """
    annotations = {RESTARTED: view.snapshot.taken_at.isoformat(timespec="seconds"), **metadata.get("annotations", {})}
    body = {"spec": {"template": {"metadata": {**metadata, "annotations": annotations}}}}
    return merge(view, Action.POD_TEMPLATE, target, body, why)


def set_environment(view: View, target: Object, settings: tuple[str, ...], why: Message) -> Step:
    """Set variables (`NAME=value`, or `NAME-` to take one out) of istiod's container, which restarts it."""
    words = (*target.where, "set", "env", f"{target.kind}/{target.name}", "-c", "discovery", *settings)
    return Step(Action.POD_TEMPLATE, target.context, kubectl(view, target.context, *words), why, target)


def start(view: View, context: str, workload: Workload) -> Step:
    """Return what to do about a workload without pods: scale it up, or see why the API server refuses them."""
    target = Object(context, workload.kind.lower(), workload.name, workload.namespace)
    if workload.replicas:
        command = kubectl(view, context, *target.where, "get", "events", "--field-selector=reason=FailedCreate")
        return look(context, command, say("shows why its pods are not created"))
    return scale_up(view, target, 1, say("starts it; use the number of replicas that it should have"))


def _sorted(targets: Iterable[Object]) -> tuple[Object, ...]:
    return tuple(sorted(set(targets), key=lambda target: (target.namespace, target.kind, target.name)))

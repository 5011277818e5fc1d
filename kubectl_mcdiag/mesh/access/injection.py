"""Which namespaces inject sidecars, by which revision, and which pods in them have none."""

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, is_caller, istiods, namespaces, pods
from kubectl_mcdiag.mesh.ambient.enrolment import enrolled
from kubectl_mcdiag.mesh.view import View, fact, known

SWITCH, REVISION, TAG, AMBIENT = "istio-injection", "istio.io/rev", "istio.io/tag", "istio.io/dataplane-mode"


@fact
def injects(view: View, context: str, namespace: str) -> bool:
    """Return whether new pods of a namespace are to get a sidecar."""
    found = next((space for space in namespaces(view, context) if space.name == namespace), None)
    if found is None or found.labels.get(SWITCH) == "disabled" or found.labels.get(AMBIENT) == "ambient":
        return False
    return found.labels.get(SWITCH) == "enabled" or REVISION in found.labels


@fact
def injects_elsewhere(view: View, context: str, namespace: str) -> tuple[str, ...]:
    """Return the other clusters where a namespace injects that is no more than a namespace here."""
    found = next((space for space in namespaces(view, context) if space.name == namespace), None)
    if found is None or {SWITCH, REVISION, AMBIENT} & {*found.labels}:
        return ()
    having = known(view, lambda other: injects(view, other, namespace))
    return tuple(other for other, is_injecting in having.items() if is_injecting and other != context)


@fact
def injection_label(view: View, context: str, namespace: str) -> str:
    """Return the label by which a namespace injects, `key=value`."""
    labels = next(space.labels for space in namespaces(view, context) if space.name == namespace)
    key = SWITCH if SWITCH in labels else REVISION
    return f"{key}={labels.get(key, '')}"


@fact
def bare_pods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the Running pods that should have a sidecar by their namespace, and have none though none opted out."""
    return tuple(pod for pod in _without_sidecar(view, context) if injects(view, context, pod.namespace))


@fact
def forgotten_pods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the Running pods without a sidecar whose namespace injects in other clusters and says nothing here."""
    return tuple(pod for pod in _without_sidecar(view, context) if injects_elsewhere(view, context, pod.namespace))


@fact
def callers_opted_out(view: View, context: str) -> tuple[Pod, ...]:
    """Return the Running pods that ask for no sidecar where their namespace injects, and should have one.

    They are there to call others, or the same workload has a sidecar in another cluster.
    """
    return tuple(
        pod
        for pod in pods(view, context)
        if pod.phase == "Running" and not pod.is_injected and opts_out(pod)
        if injects(view, context, pod.namespace) and (is_caller(pod) or injected_elsewhere(view, context, pod))
    )


def injected_elsewhere(view: View, context: str, pod: Pod) -> tuple[str, ...]:
    """Return the other clusters in which the workload of a pod has a sidecar."""
    having = known(view, lambda other: _workload(pod) in _injected_workloads(view, other))
    return tuple(other for other, is_there in having.items() if is_there and other != context)


@fact
def _injected_workloads(view: View, context: str) -> frozenset[tuple[str, str]]:
    return frozenset(_workload(pod) for pod in pods(view, context) if pod.is_injected)


def _workload(pod: Pod) -> tuple[str, str]:
    """Return namespace and name of what made a pod, read from its name and the hash that a Deployment adds."""
    name = pod.name.rpartition("-")[0] or pod.name
    return pod.namespace, name.removesuffix("-" + pod.labels.get("pod-template-hash", ""))


@fact
def _without_sidecar(view: View, context: str) -> tuple[Pod, ...]:
    return tuple(
        pod
        for pod in pods(view, context)
        if pod.phase == "Running"
        and pod not in enrolled(view, context)
        and not (pod.is_injected or pod.is_on_host_network or opts_out(pod))
    )


def opts_out(pod: Pod) -> bool:
    """Return whether a pod asks for no sidecar: whatever is no YAML for true does (Istio 1.31 `injectRequired`)."""
    return pod.inject.lower() not in ("", "y", "yes", "true", "on")


@fact
def revisions(view: View, context: str) -> frozenset[str]:
    """Return the revisions and tags that some webhook of this cluster, or istiod that serves it, answers to."""
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    named = {hook.labels.get(key, "") for hook in hooks for key in (REVISION, TAG)}
    served = {pod.labels.get(REVISION, "") for plane in control_planes(view, context) for pod in istiods(view, plane)}
    return frozenset((named | served) - {""})


@fact
def orphans(view: View, context: str) -> tuple[tuple[str, str], ...]:
    """Return the namespaces whose revision nobody serves, each with that revision."""
    return tuple(
        (space.name, space.labels[REVISION])
        for space in namespaces(view, context)
        if space.labels.get(REVISION, "") not in {"", *revisions(view, context)} and SWITCH not in space.labels
    )

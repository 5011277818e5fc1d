"""Fixes that rules about services and policy share: a Service, an injected workload, what Envoy intercepts."""

import json
from collections.abc import Iterable
from typing import Any

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.fixes import change_template, maker
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, removed, replaced, test
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, patch, wait
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import PORTS, DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import INJECT, Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.redirection import FLAGS
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.services.interception import Gap
from kubectl_mcdiag.mesh.services.mutual_tls import TLS_MODE
from kubectl_mcdiag.mesh.view import View

REDIRECTION = "traffic.sidecar.istio.io/"
MADE = frozenset({"pod-template-hash", "statefulset.kubernetes.io/pod-name", "controller-revision-hash"})
"""Labels of pods that Deployments, StatefulSets and DaemonSets make."""
INJECTED: dict[str, Any] = {"labels": {INJECT: None, TLS_MODE: None}, "annotations": {INJECT: None}}
"""What a pod template must not say, so that its pods are injected."""


def service_object(context: str, service: Service) -> Object:
    """Return a Service as the target of a step."""
    return Object(context, "service", service.name, service.namespace)


def copy_service(view: View, service: Service, context: str, why: Message) -> Step:
    """Create in `context` the Service that another cluster has, ports and selector alike."""
    spec = {
        "ports": [_port(port) for port in service.ports],
        "selector": service.selector,
        **({"clusterIP": "None"} if service.is_headless else {}),
    }
    meta = {"name": service.name, "namespace": service.namespace, "labels": service.labels}
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
    return create(view, Action.CREATE_SERVICE, context, manifest, why)


def _port(port: ServicePort) -> dict[str, Any]:
    found = {
        "name": port.name,
        "port": port.port,
        "protocol": port.protocol,
        "targetPort": int(port.target_port) if port.target_port.isdigit() else port.target_port,
        "appProtocol": port.app_protocol,
    }
    return {key: value for key, value in found.items() if value}


def makers(context: str, pods: Iterable[Pod]) -> tuple[Object, ...]:
    """Return the workloads that made these pods; one that nobody made cannot be restarted."""
    return tuple(dict.fromkeys(maker(context, pod) for pod in pods if MADE & pod.labels.keys()))


def inject(view: View, context: str, pods: Iterable[Pod]) -> tuple[Step, ...]:
    """Take out of pod templates what keeps the sidecar out, restart what made these pods, and wait for it."""
    targets = makers(context, pods)
    why = say("takes out of the pod template what keeps the sidecar out; new pods are injected")
    opened = (change_template(view, target, INJECTED, why) for target in targets)
    return (*opened, *(wait(view, target) for target in targets))


def redirection_shown(view: View, context: str, gap: Gap) -> Evidence:
    """Return as evidence the argument by which a pod leaves connections out of its Envoy."""
    flag = next(flag for flag, name in FLAGS.items() if name == gap.setting)
    pod = Object(context, "pod", gap.pod.name, gap.pod.namespace)
    line = f"{json.dumps(flag)},{json.dumps(','.join(gap.value))}"
    return object_shown(view, pod, line, output=("-o", "jsonpath={.spec.initContainers[*].args}"))


def redirect(view: View, context: str, gap: Gap, why: Message) -> tuple[Step, ...]:
    """Set by its pods' annotation what a workload leads through Envoy, which restarts it, and wait for it."""
    target = maker(context, gap.pod)
    metadata = {"annotations": {REDIRECTION + gap.setting: ",".join(gap.fixed)}}
    return change_template(view, target, metadata, why), wait(view, target)


def rule_object(plane: str, rule: DestinationRule) -> Object:
    """Return a DestinationRule as the target of a step."""
    return Object(plane, "destinationrule", rule.name, rule.namespace)


def unset(view: View, plane: str, rule: DestinationRule, setting: str, why: Message) -> Step:
    """Take one setting out of a rule's traffic policy, for all ports.

    istiod's webhook refuses a policy with nothing in it, so that what this would leave empty goes as well
    (Istio 1.31 `validateTrafficPolicy`).
    """
    taken_out = (
        operation
        for place in _places(rule, setting)
        for operation in removed(pointer("spec", "trafficPolicy", *place), _at(rule.policy, place))
    )
    operations = (test(pointer("spec", "host"), rule.host), *taken_out)
    return patch(view, Action.MOVE_TRAFFIC, rule_object(plane, rule), operations, why)


def _at(held: Any, place: tuple[str | int, ...]) -> Any:
    return _at(held[place[0]], place[1:]) if place else held


def _places(rule: DestinationRule, setting: str) -> tuple[tuple[str | int, ...], ...]:
    """Return where in a traffic policy the setting stands, last places first; the policy itself if nothing else is."""
    bare = all(settings == (setting,) for settings in rule.port_settings)
    if set(rule.policy) <= {setting, *((PORTS,) if bare else ())}:
        return ((),)
    single: tuple[tuple[str | int, ...], ...] = tuple(
        (PORTS, index, *(() if settings == (setting,) else (setting,)))
        for index, settings in reversed(tuple(enumerate(rule.port_settings)))
        if setting in settings
    )
    ports = ((PORTS,),) if bare and single else single
    return (*ports, *(((setting,),) if setting in rule.policy else ()))


def with_value(path: str, old: Any, new: Any) -> tuple[Operation, ...]:
    """Return the parts of a JSON patch that set a place, tested first where it held something."""
    return replaced(path, old, new) if old else (put(path, new),)

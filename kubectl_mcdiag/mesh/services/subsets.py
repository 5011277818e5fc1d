"""Subsets of a service that calls are pinned to, and the pods that carry their labels."""

from dataclasses import dataclass

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import VirtualService
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import NETWORK, cluster_id, control_planes, network
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.services.endpoints import matching_pods
from kubectl_mcdiag.mesh.services.policy import destination_rules, names_host
from kubectl_mcdiag.mesh.view import View, fact


@dataclass(frozen=True, slots=True)
class Pin:
    """A VirtualService that sends every call to a service to one subset, and the labels of that subset."""

    plane: str
    virtual_service: VirtualService
    subset: str
    labels: dict[str, str]


def carriers(view: View, context: str, service: str, labels: dict[str, str]) -> tuple[Pod, ...]:
    """Return the pods of a service that carry labels, those that istiod adds to endpoints by itself among them."""
    places = {node.name: node.labels for node in view.read(RESOURCES, context, kind="nodes").nodes}
    own = {"topology.istio.io/cluster": cluster_id(view, context), NETWORK: network(view, context)}
    return tuple(
        pod
        for pod in matching_pods(view, context, service, context)
        if labels.items() <= {**places.get(pod.node, {}), **pod.labels, **own}.items()
    )


@fact
def pins(view: View, context: str, service: str) -> tuple[Pin, ...]:
    """Return the VirtualServices for calls inside the mesh that send all calls to a service to one subset."""
    subsets = {
        (rule.namespace, subset.name): subset.labels
        for _, rule in destination_rules(view, context, service)
        for subset in rule.subsets
    }
    by_name = {name: labels for (_, name), labels in subsets.items()}
    found, full = [], host_of(view, context, service)
    for plane in control_planes(view, context):
        for rule in view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services:
            aimed = {route.subset for route in rule.routes if names_host(route.host, rule.namespace, full)}
            inside = not rule.gateways or "mesh" in rule.gateways
            spoken = any(names_host(host, rule.namespace, full) for host in rule.hosts)
            if inside and spoken and len(aimed) == 1 and (name := next(iter(aimed))) in by_name:
                found.append(Pin(plane, rule, name, by_name[name]))
    return tuple(found)

"""Which policies decide where calls to a service go, in the configuration that the client's istiod reads."""

from dataclasses import dataclass

from kubectl_mcdiag.commands import ISTIO_CONFIG
from kubectl_mcdiag.facts.identity import control_planes, services
from kubectl_mcdiag.facts.view import View, fact
from kubectl_mcdiag.parsers.istio_config import DestinationRule, VirtualService


@dataclass(frozen=True, slots=True)
class Pin:
    """A VirtualService that sends every call to a service to one subset, and the labels of that subset."""

    plane: str
    virtual_service: VirtualService
    subset: str
    labels: dict[str, str]


def names_host(host: str, namespace: str, service: str) -> bool:
    """Tell whether a `host` in an object of `namespace` means a service (`name.namespace`)."""
    name, _, space = service.partition(".")
    full = f"{name}.{space}.svc.cluster.local"
    if host.startswith("*"):
        return full.endswith(host[1:])
    if "." not in host:
        return host == name and namespace == space
    return full == host or full.startswith(f"{host}.")


@fact
def destination_rules(view: View, context: str, service: str) -> tuple[tuple[str, DestinationRule], ...]:
    """Return the DestinationRules about a service, each with the context it stands in."""
    return tuple(
        (plane, rule)
        for plane in control_planes(view, context)
        for rule in view.read(ISTIO_CONFIG, plane, kind="destinationrules").destination_rules
        if names_host(rule.host, rule.namespace, service)
    )


@fact
def locality_policy(view: View, context: str, service: str) -> str:
    """Return what makes Envoy prefer near endpoints of a service, in words; empty where nothing was found."""
    found = services(view, context).get(service)
    if found and found.traffic_distribution:
        return f"trafficDistribution {found.traffic_distribution} on the Service in {context}"
    for plane, rule in destination_rules(view, context, service):
        if rule.has_outlier_detection and rule.locality_enabled:
            return f"outlierDetection in DestinationRule {rule.name}.{rule.namespace} in {plane}"
        if rule.has_locality_setting:
            return f"localityLbSetting in DestinationRule {rule.name}.{rule.namespace} in {plane}"
    return ""


@fact
def pins(view: View, context: str, service: str) -> tuple[Pin, ...]:
    """Return the VirtualServices for calls inside the mesh that send all calls to a service to one subset."""
    subsets = {
        (rule.namespace, subset.name): subset.labels
        for _, rule in destination_rules(view, context, service)
        for subset in rule.subsets
    }
    by_name = {name: labels for (_, name), labels in subsets.items()}
    found = []
    for plane in control_planes(view, context):
        for rule in view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services:
            aimed = {route.subset for route in rule.routes if names_host(route.host, rule.namespace, service)}
            inside = not rule.gateways or "mesh" in rule.gateways
            spoken = any(names_host(host, rule.namespace, service) for host in rule.hosts)
            if inside and spoken and len(aimed) == 1 and (name := next(iter(aimed))) in by_name:
                found.append(Pin(plane, rule, name, by_name[name]))
    return tuple(found)

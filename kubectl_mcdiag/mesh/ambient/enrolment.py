"""The ambient data plane, as far as Kubernetes and istiod show it: who is enrolled, which services are global.

What ztunnel itself was given is not read: Envoy's endpoints, which decide for sidecars, do not exist there.
"""

from kubectl_mcdiag.evidence.commands import GATEWAY_API
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import NETWORK, control_planes, istiods, namespaces, network, pods, services
from kubectl_mcdiag.mesh.discovery.selectors import selects
from kubectl_mcdiag.mesh.services.endpoints import is_subject, mesh_of
from kubectl_mcdiag.mesh.view import View, fact

MODE = "istio.io/dataplane-mode"
GLOBAL = "istio.io/global"
FLAG = "AMBIENT_ENABLE_MULTI_NETWORK"
NEEDED = "PILOT_ENABLE_AMBIENT"
CLASS = "istio-east-west"
POINTER = "istio-remote"
HBONE = 15008


@fact
def ztunnels(view: View, context: str) -> tuple[Pod, ...]:
    """Return the ztunnel pods of a cluster, by label `app=ztunnel`."""
    return tuple(pod for pod in pods(view, context) if pod.labels.get("app") == "ztunnel")


@fact
def enrolled(view: View, context: str) -> tuple[Pod, ...]:
    """Return the pods that ztunnel serves: by their own label, else their namespace's, and without a sidecar."""
    by_namespace = {found.name: found.labels.get(MODE, "") for found in namespaces(view, context)}
    return tuple(
        pod
        for pod in pods(view, context)
        if pod.labels.get(MODE, by_namespace.get(pod.namespace, "")) == "ambient" and not pod.is_injected
    )


@fact
def is_ambient(view: View, context: str) -> bool:
    """Return whether some pod of this cluster is served by a ztunnel."""
    return bool(ztunnels(view, context)) and bool(enrolled(view, context))


@fact
def switches(view: View, context: str) -> tuple[tuple[Pod, bool], ...]:
    """Return the istiod pods that serve a cluster, each with whether ambient multi-network is on in it.

    `AMBIENT_ENABLE_MULTI_NETWORK` is ignored without `PILOT_ENABLE_AMBIENT`, and off by default up to Istio 1.31.
    """
    return tuple(
        (pod, all(pod.environment.get(name) == "true" for name in (NEEDED, FLAG)))
        for plane in control_planes(view, context)
        for pod in istiods(view, plane)
    )


@fact
def is_global(view: View, reader: str, context: str, service: str) -> bool:
    """Return whether the control plane of `reader` takes a service of `context` for global.

    `serviceScopeConfigs` of the reading mesh are matched against the labels that the Service and its namespace have
    in their own cluster; what no entry selects is local.
    """
    found = services(view, context)[service]
    labels = next((space.labels for space in namespaces(view, context) if space.name == found.namespace), {})
    for entry in mesh_of(view, reader).service_scopes:
        if selects(entry.services, found.labels) and selects(entry.namespaces, labels):
            return entry.scope == "GLOBAL"
    return False


@fact
def shared(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the services of both clusters that stand on enrolled pods in the destination."""
    here, there = services(view, source), services(view, destination)
    return tuple(
        name for name in sorted(here.keys() & there.keys()) if _stands_on_ztunnel(view, destination, there[name])
    )


def _stands_on_ztunnel(view: View, context: str, service: Service) -> bool:
    return is_subject(view, service) and any(
        pod.namespace == service.namespace and service.selector.items() <= pod.labels.items()
        for pod in enrolled(view, context)
    )


@fact
def east_west(view: View, context: str) -> tuple[KubernetesGateway, ...]:
    """Return the Gateways through which ztunnels of other networks are meant to enter this one.

    Those of the class `istio-east-west`, and others that carry a network label or an HBONE listener; not the
    pointers (`istio-remote`) that describe another network's gateway.
    """
    return tuple(
        gateway
        for gateway in view.read(GATEWAY_API, context)
        if gateway.class_name != POINTER
        and (
            gateway.class_name == CLASS
            or NETWORK in gateway.labels
            or any(x.protocol == "HBONE" for x in gateway.listeners)
        )
    )


@fact
def tunnels_across(view: View, source: str, destination: str) -> bool:
    """Return whether ztunnels of both clusters have to meet across two networks."""
    return (
        is_ambient(view, source)
        and is_ambient(view, destination)
        and network(view, source) != network(view, destination)
    )

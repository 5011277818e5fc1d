"""Evidence that rules about services and traffic share: endpoints of proxies, ports and endpoints of Services."""

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.proof import object_shown, shown
from kubectl_mcdiag.checks.services.fixes import service_object
from kubectl_mcdiag.checks.steps import Object, kubectl
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.access.identity import mesh_map
from kubectl_mcdiag.mesh.services.endpoints import backends, given_by
from kubectl_mcdiag.mesh.view import View

SHOWN = 3
_PORTS = "jsonpath={range .spec.ports[*]}{.name} {.port}/{.protocol}, {end}"
_ENDPOINTS = "jsonpath={range .items[*].endpoints[*]}{.addresses[0]} ready={.conditions.ready} {.targetRef.name}, {end}"


def given_shown(view: View, context: str, client: str, *lines: str) -> Evidence:
    """Return what a client's Envoy was given, as `istioctl proxy-config endpoint` lists it."""
    return shown(context, Shell((given_by(view, context, client).shown,)), *lines)


def row(cluster: EnvoyCluster, host: Host) -> str:
    """Return the row of one endpoint in that list."""
    return f"{host.address}:{host.port}  {host.health}  {'FAILED' if host.ejected else 'OK'}  {cluster.name}"


def envoy_shown(view: View, context: str, client: Pod, *lines: str) -> Evidence:
    """Return lines of what a client's Envoy counted, which only Envoy itself shows."""
    where = ("exec", "-n", client.namespace, client.name, "-c", "istio-proxy", "--")
    return shown(context, kubectl(view, context, *where, "pilot-agent", "request", "GET", "clusters"), *lines)


def service_shown(view: View, context: str, service: Service) -> Evidence:
    """Return the row of a Service, which says what kind it is."""
    line = f"{service.name}  {service.type}  {service.cluster_ip}"
    return object_shown(view, service_object(context, service), line, output=())


def ports_shown(view: View, context: str, service: Service) -> Evidence:
    """Return the ports of a Service."""
    line = ", ".join(map(named, service.ports))
    return object_shown(view, service_object(context, service), line, output=("-o", _PORTS))


def named(port: ServicePort) -> str:
    """Return a port as `name number/protocol`."""
    return f"{port.name} {port.port}/{port.protocol}".strip()


def endpoints_shown(view: View, context: str, name: str) -> Evidence:
    """Return the endpoints of a Service (`name.namespace`) with whether they are ready."""
    service, _, namespace = name.partition(".")
    words = ("get", "endpointslices", "-l", f"kubernetes.io/service-name={service}", "-o", _ENDPOINTS)
    found = [f"{end.address} ready={str(end.ready).lower()} {end.pod}" for end in backends(view, context, name)]
    line = ", ".join(found[:SHOWN]) or "(no endpoint)"
    return shown(context, kubectl(view, context, "-n", namespace, *words), line)


def containers_shown(view: View, context: str, pod: Pod) -> Evidence:
    """Return the containers of a pod, among which `istio-proxy` is or is not."""
    target = Object(context, "pod", pod.name, pod.namespace)
    line = " ".join(pod.containers)
    return object_shown(view, target, line, output=("-o", "jsonpath={.spec.containers[*].name}"))


def mesh_config_shown(view: View, plane: str, *lines: str) -> Evidence:
    """Return lines of the mesh configuration that the istiods of a cluster read."""
    target = Object(plane, "configmap", mesh_map(view, plane).name, view.settings.istio_namespace)
    return object_shown(view, target, *lines, output=("-o", "jsonpath={.data.mesh}"))

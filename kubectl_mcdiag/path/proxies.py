"""What the proxies on a call's path hold: the client's, the gateway's and the server's, asked by name."""

from kubectl_mcdiag.evidence.commands import CLIENT_CONFIG, GATEWAY_CONFIG, SERVER_CONFIG
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import pods, services
from kubectl_mcdiag.mesh.networks.gateway_proxies import target_port
from kubectl_mcdiag.mesh.services.endpoints import given, in_mesh
from kubectl_mcdiag.mesh.view import View, fact
from kubectl_mcdiag.path.call import Call, ports


@fact
def by_service(view: View, context: str, client: str) -> dict[str, tuple[EnvoyCluster, ...]]:
    """Return the clusters of a client's Envoy by service (`name.namespace`), subsets included."""
    found: dict[str, list[EnvoyCluster]] = {}
    for cluster in given(view, context, client):
        name, _, rest = cluster.host.partition(".")
        namespace, _, kind = rest.partition(".")
        if kind.startswith("svc."):
            found.setdefault(f"{name}.{namespace}", []).append(cluster)
    return {service: tuple(clusters) for service, clusters in found.items()}


@fact
def by_name(view: View, context: str, client: str) -> dict[str, EnvoyCluster]:
    """Return the clusters of a client's Envoy by their names."""
    return {cluster.name: cluster for cluster in given(view, context, client)}


def cluster_named(view: View, call: Call, name: str) -> EnvoyCluster:
    """Return a cluster of the client's Envoy by name; istioctl leaves out those without an endpoint."""
    found = by_name(view, call.source, call.client).get(name)
    direction, port, subset, host = name.split("|")
    return found or EnvoyCluster(name, direction, int(port), subset, host, ())


def main_cluster(view: View, call: Call) -> EnvoyCluster | None:
    """Return the cluster of the called service and port as a whole, None where the client's proxy has none."""
    found = by_service(view, call.source, call.client).get(call.service, ())
    return next((cluster for cluster in found if cluster.port == call.port and not cluster.subset), None)


def client_target(view: View, context: str, client: str, service: str) -> str:
    """Return pod and question: the listeners, routes and clusters of a service in its proxy, and its certificates."""
    address = services(view, context)[service].cluster_ip
    numbers = ",".join(str(port.port) for port in ports(view, context, service))
    return f"{client} {service}/{address if address[:1].isdigit() else ''}/{numbers}"


def client_config(view: View, call: Call) -> EnvoyConfig:
    """Return what the client's proxy holds about the called service."""
    target = client_target(view, call.source, call.client, call.service)
    return view.read(CLIENT_CONFIG, call.source, target)


def gateway_target(view: View, context: str, gateway: str, pod: str) -> str:
    """Return pod and question: what a gateway's proxy does with calls from other networks."""
    return f"{pod} {target_port(view, context, gateway)}"


def gateway_config(view: View, context: str, gateway: str, pod: str) -> EnvoyConfig:
    """Return what a gateway's proxy does with calls from other networks."""
    return view.read(GATEWAY_CONFIG, context, gateway_target(view, context, gateway, pod))


@fact
def server(view: View, context: str, service: str) -> Pod | None:
    """Return the ready pod with a sidecar that speaks for a service in a cluster."""
    namespace = service.partition(".")[2]
    ready = {endpoint.pod for endpoint in in_mesh(view, context, service)}
    found = (pod for pod in pods(view, context) if pod.namespace == namespace and pod.name in ready)
    return min(found, key=lambda pod: pod.name, default=None)


def server_target(pod: str) -> str:
    """Return pod and question: what a server's proxy does with what comes in."""
    return f"{pod} inbound"


def server_config(view: View, context: str, pod: str) -> EnvoyConfig:
    """Return what a server's proxy does with what comes in."""
    return view.read(SERVER_CONFIG, context, server_target(pod))

"""One service in three layers: what Kubernetes holds, what each istiod has learned, what each Envoy was given."""

import fnmatch
from collections.abc import Mapping

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS, PROXY_ENDPOINTS, WORKLOADS
from kubectl_mcdiag.evidence.model import Invocation
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.istiod.endpoint_shards import LearnedEndpoint
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import MeshConfig
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Endpoint, Service
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.access.identity import (
    NETWORK,
    clients,
    control_planes,
    crosses_networks,
    mesh,
    namespaces,
    network,
    of_other_meshes,
    pods,
    services,
)
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.discovery.remote_secrets import shard_ids
from kubectl_mcdiag.mesh.index import (
    grouped,
    pods_by_name,
    selected_pods,
    service_of,
    shards_by_service,
    slices_by_service,
)
from kubectl_mcdiag.mesh.networks.gateways import known_addresses
from kubectl_mcdiag.mesh.services.policy import governing, is_passed_through
from kubectl_mcdiag.mesh.traffic.locality import weights_without
from kubectl_mcdiag.mesh.view import View, ask, fact, known


@fact
def backends(view: View, context: str, service: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of a Service (`name.namespace`), ready or not."""
    slices = slices_by_service(view, context).get(service, ())
    return tuple(endpoint for found in slices for endpoint in found.endpoints)


@fact
def ready(view: View, context: str, service: str) -> tuple[Endpoint, ...]:
    """Return the ready endpoints of a Service."""
    return tuple(endpoint for endpoint in backends(view, context, service) if endpoint.ready)


@fact
def targets(view: View, context: str, service: str) -> dict[str, int]:
    """Return the ports of a Service that its endpoints have: the port's name, and its number at the pods."""
    slices = slices_by_service(view, context).get(service, ())
    return {port: number for found in slices for port, number in found.ports.items()}


@fact
def in_mesh(view: View, context: str, service: str) -> tuple[Endpoint, ...]:
    """Return the ready endpoints whose pod has a sidecar."""
    namespace = service.partition(".")[2]
    found = pods_by_name(view, context)
    return tuple(
        endpoint
        for endpoint in ready(view, context, service)
        if (pod := found.get(f"{endpoint.pod}.{namespace}")) and pod.is_injected
    )


@fact
def without_network(view: View, context: str, service: str) -> tuple[Endpoint, ...]:
    """Return the ready endpoints of a Service whose pod has no sidecar, and no label that names its network."""
    namespace = service.partition(".")[2]
    found = pods_by_name(view, context)
    return tuple(
        endpoint
        for endpoint in ready(view, context, service)
        if (pod := found.get(f"{endpoint.pod}.{namespace}")) and not pod.is_injected and NETWORK not in pod.labels
    )


@fact
def matching_pods(view: View, context: str, service: str, selector_of: str) -> tuple[Pod, ...]:
    """Return the pods of `context` that the selector of this Service, as it stands in `selector_of`, selects."""
    found = services(view, selector_of)[service]
    return selected_pods(view, context, found.namespace, found.selector)


@fact
def matching_workloads(view: View, context: str, service: str) -> tuple[Workload, ...]:
    """Return the Deployments and StatefulSets whose pods a Service selects."""
    found = services(view, context)[service]
    return tuple(
        workload
        for workload in view.read(WORKLOADS, context)
        if workload.namespace == found.namespace and found.selector.items() <= workload.labels.items()
    )


@fact
def runs_somewhere(view: View, service: str) -> bool:
    """Return whether any cluster has a pod, ready or not, that this Service selects there."""
    having = [context for context in view.contexts if service in services(view, context)]
    return any(matching_pods(view, context, service, context) for context in having)


@fact
def answered_elsewhere(view: View, context: str, service: str) -> tuple[str, ...]:
    """Return the other clusters that have a ready endpoint of a service."""
    found = known(view, lambda other: bool(ready(view, other, service)))
    return tuple(other for other, is_ready in found.items() if is_ready and other != context)


@fact
def is_served_outside(view: View, context: str, service: str) -> bool:
    """Return whether something other than a pod serves a Service: a WorkloadEntry, as istiod has learned it."""
    addresses = {address for pod in pods(view, context) for address in pod.addresses}
    gone = {workload.name for workload in matching_workloads(view, context, service)}
    planes = ask(lambda: control_planes(view, context)) or ()
    return any(
        endpoint.workload not in gone and not set(endpoint.addresses) <= addresses
        for plane in planes
        for pod in ask(lambda p=plane: read_deeply(view, p)) or ()  # type: ignore[misc]
        for endpoint in ask(lambda p=plane, i=pod: learned(view, p, i, service, context)) or ()  # type: ignore[misc]
    )


@fact
def named(view: View, context: str) -> frozenset[str]:
    """Return the services the operator named that this cluster has, as `name.namespace`."""
    return frozenset(
        full_name
        for full_name, service in services(view, context).items()
        for wanted in view.settings.services
        if matches(wanted, service, view.settings.namespace)
    )


def matches(wanted: str, service: Service, namespace: str) -> bool:
    """Return whether `name`, `name.namespace` or the full host means this Service."""
    name, _, rest = wanted.partition(".")
    asked = rest.split(".")[0] if rest else namespace
    return service.name == name and asked in ("", service.namespace)


@fact
def subjects(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the services to judge for a pair: those that were named, else those of both clusters that are of the mesh.

    What nobody in the mesh serves, and nobody near it calls, is not the mesh's affair.
    """
    asked = named(view, source)
    return tuple(
        name
        for name in shared(view, source, destination)
        if name in asked or is_of_mesh(view, (source, destination), name)
    )


@fact
def shared(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the services that both clusters have, in the mesh or not: those named, else all.

    Left out: Kubernetes' own, the system namespace, gateways, and what has no endpoints of its own.
    """
    here, there = services(view, source), services(view, destination)
    chosen = named(view, source) if view.settings.services else here.keys()
    return tuple(
        name
        for name in sorted(chosen & there.keys())
        if is_subject(view, here[name]) and is_subject(view, there[name])
        if not (is_gateway(view, source, name) or is_gateway(view, destination, name))
    )


def is_of_mesh(view: View, contexts: tuple[str, ...], service: str) -> bool:
    """Return whether the mesh has a part in a Service: in its namespace somebody has a proxy, or is to have one."""
    namespace = service.partition(".")[2]
    return any(namespace in spaces_of_mesh(view, context) for context in contexts) and not any(
        namespace in of_other_meshes(view, context) for context in contexts
    )


@fact
def spaces_of_mesh(view: View, context: str) -> frozenset[str]:
    """Return the namespaces that inject sidecars, are in ambient mode, or hold a pod with a sidecar."""
    labelled = (space.name for space in namespaces(view, context) if _joins(space.labels))
    held = (pod.namespace for pod in pods(view, context) if pod.is_injected and not pod.is_gateway)
    return frozenset((*labelled, *held))


def _joins(labels: dict[str, str]) -> bool:
    return labels.get("istio-injection") == "enabled" or bool({"istio.io/rev", "istio.io/dataplane-mode"} & {*labels})


@fact
def is_gateway(view: View, context: str, service: str) -> bool:
    """Return whether the pods of a Service are gateways, whatever it is called and wherever it stands."""
    found = matching_pods(view, context, service, context)
    return bool(found) and all(pod.is_gateway for pod in found)


def is_subject(view: View, service: Service) -> bool:
    """Return whether a Service is the operators' own, and not Kubernetes', Istio's or a gateway."""
    system = service.namespace.startswith("kube-") or service.namespace == view.settings.istio_namespace
    return not (
        system
        or service.full_name == "kubernetes.default"
        or NETWORK in service.labels
        or service.type == "ExternalName"
        or not service.selector
    )


@fact
def spread(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the subjects whose endpoints nobody's policy keeps in their cluster, node or place, sidecars or not."""
    return tuple(
        name
        for name in subjects(view, source, destination)
        if not services(view, source)[name].is_headless
        and not is_cluster_local(view, source, name)
        and not is_node_local(view, source, name)
        and not is_passed_through(view, source, name)
        and not weights_without(view, source, name, destination)
    )


@fact
def crossing(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the subjects whose endpoints in `destination` must be seen from `source`."""
    return tuple(name for name in spread(view, source, destination) if in_mesh(view, destination, name))


@fact
def is_node_local(view: View, context: str, service: str) -> bool:
    """Return whether calls to a service stay on the caller's node: its `internalTrafficPolicy`, as istiod reads it."""
    return governing(view, context, service).internal_traffic_policy == "Local"


@fact
def is_cluster_local(view: View, context: str, service: str) -> bool:
    """Return whether the mesh configuration keeps a service inside its cluster (the longest host wins)."""
    settings = mesh_of(view, context).service_settings
    host = host_of(view, context, service) if settings else ""
    fitting = [
        (len(pattern), setting.cluster_local)
        for setting in settings
        for pattern in setting.hosts
        if fnmatch.fnmatchcase(host, pattern)
    ]
    return bool(fitting) and max(fitting)[1]


@fact
def is_stranded(view: View, source: str, service: str, destination: str) -> bool:
    """Return whether a service that stays where its caller is has a ready endpoint in `destination`, and none there."""
    return bool(ready(view, destination, service)) and not ready(view, source, service)


@fact
def is_local_by_nature(view: View, context: str, service: str) -> bool:
    """Return whether istiod keeps a service inside its cluster unasked, and the mesh configuration does not say no.

    `kube-system`, the API server and istiod (Istio 1.31 `pilot/pkg/model/cluster_local.go`).
    """
    name, _, namespace = service.partition(".")
    istiod = namespace == view.settings.istio_namespace and name.startswith("istiod")
    built_in = namespace == "kube-system" or service == "kubernetes.default" or istiod
    opened = tuple(s for s in mesh_of(view, context).service_settings if not s.cluster_local)
    host = host_of(view, context, service) if opened else ""
    return built_in and not any(fnmatch.fnmatchcase(host, pattern) for s in opened for pattern in s.hosts)


@fact
def mesh_of(view: View, context: str) -> MeshConfig:
    """Return the mesh configuration that decides for the proxies of a cluster: its control plane's."""
    return mesh(view, control_planes(view, context)[0])


def learned(view: View, plane: str, istiod: Pod, service: str, destination: str) -> tuple[LearnedEndpoint, ...]:
    """Return what one istiod pod has learned of a service's endpoints in `destination`."""
    shards = shards_by_service(view, plane, istiod.full_name)
    namespace = service.partition(".")[2]
    return tuple(
        endpoint
        for cluster in sorted(shard_ids(view, plane, destination))
        for shard in shards.get((service, cluster), ())
        if shard.namespace == namespace
        for endpoint in shard.endpoints
    )


@fact
def unlearned(view: View, plane: str, source: str, destination: str) -> tuple[tuple[Pod, str], ...]:
    """Return the istiod pods of `plane`, each with a service of whose endpoints in `destination` it knows none."""
    return tuple(
        (pod, service)
        for pod in read_deeply(view, plane)
        for service in crossing(view, source, destination)
        if not {endpoint.address for endpoint in in_mesh(view, destination, service)}
        & {a for e in learned(view, plane, pod, service, destination) for a in e.addresses}
    )


@fact
def given(view: View, context: str, client: str) -> tuple[EnvoyCluster, ...]:
    """Return what a client's Envoy was given: through istioctl, else through `pilot-agent` in the pod."""
    try:
        return view.read(PROXY_ENDPOINTS, context, client)
    except Unavailable as first:
        try:
            return view.read(ENVOY_CLUSTERS, context, client)
        except Unavailable:
            raise first from None


@fact
def readable_clients(view: View, context: str) -> tuple[Pod, ...]:
    """Return the sampled clients whose Envoy tells what it was given; raises `Unavailable` where none of them does."""
    found = clients(view, context)
    answering = tuple(pod for pod in found if ask(lambda p=pod: given(view, context, p.full_name)) is not None)  # type: ignore[misc]
    if found and not answering:
        given(view, context, found[0].full_name)
    return answering


@fact
def given_by_service(view: View, context: str, client: str) -> Mapping[str, tuple[EnvoyCluster, ...]]:
    """Return the Envoy clusters of a client by `name.namespace` of their service, subsets too."""
    return grouped(given(view, context, client), lambda cluster: service_of(cluster.host))


def given_by(view: View, context: str, client: str) -> Invocation:
    """Return the invocation that `given` was read from."""
    read = ask(lambda: view.read(PROXY_ENDPOINTS, context, client))
    return view.invocation(PROXY_ENDPOINTS if read is not None else ENVOY_CLUSTERS, context, client)


def clusters_of(view: View, context: str, client: str, service: str) -> tuple[EnvoyCluster, ...]:
    """Return the Envoy clusters of a service, one for each port, subsets left out."""
    return tuple(cluster for cluster in with_subsets(view, context, client, service) if not cluster.subset)


def with_subsets(view: View, context: str, client: str, service: str) -> tuple[EnvoyCluster, ...]:
    """Return the Envoy clusters of a service, one for each port and one for each subset of it."""
    return given_by_service(view, context, client).get(service, ())


def hosts_in(view: View, source: str, cluster: EnvoyCluster, service: str, destination: str) -> tuple[Host, ...]:
    """Return the hosts of an Envoy cluster through which calls reach `destination`."""
    if crosses_networks(view, source, destination):
        wanted = known_addresses(view, source, destination)
    else:
        wanted = frozenset(endpoint.address for endpoint in ready(view, destination, service))
    return tuple(host for host in cluster.hosts if host.address in wanted)


def is_healthy(host: Host) -> bool:
    """Return whether Envoy would call a host: neither ejected nor marked as unhealthy."""
    return not host.ejected and host.health in ("", "HEALTHY", "UNKNOWN")


def pods_in(view: View, source: str, cluster: EnvoyCluster, service: str, destination: str) -> tuple[Host, ...]:
    """Return the hosts of an Envoy cluster of `source` that are pods of `destination` themselves.

    Where pod ranges overlap, an address that a pod near the caller has as well says nothing.
    """
    wanted = {endpoint.address for endpoint in ready(view, destination, service)} - near(view, source, service)
    return tuple(host for host in cluster.hosts if host.address in wanted)


@fact
def near(view: View, context: str, service: str) -> frozenset[str]:
    """Return the addresses of a service's pods in a cluster and in those that share its network.

    Raises `Unavailable` where those of the cluster itself are not known.
    """
    here = known(view, lambda other: network(view, other))
    alike = [other for other, its in here.items() if its == here.get(context)]
    slices = known(view, lambda other: ready(view, other, service)) | {context: ready(view, context, service)}
    return frozenset(end.address for other in {*alike, context} for end in slices.get(other, ()))


def needs_workloads(view: View, context: str) -> bool:
    """Return whether a Service has no ready endpoint, so that asking for its workloads is worth a question."""
    others = [other for other in view.contexts if other != context]
    if ask(lambda: slices_by_service(view, context)) is None:
        return False
    return any(
        not ready(view, context, name)
        for other in others
        for name in (ask(lambda o=other: subjects(view, o, context)) or ())  # type: ignore[misc]
    )


@fact
def stray_pods(view: View, context: str, service: str, selector_of: str) -> tuple[Pod, ...]:
    """Return the injected pods that a Service missing in their cluster would select, and no other Service does."""
    own = [found.selector for found in services(view, context).values() if found.selector]
    return tuple(
        pod
        for pod in matching_pods(view, context, service, selector_of)
        if pod.is_injected and not any(selector.items() <= pod.labels.items() for selector in own)
    )

"""Which calls are looked at deeply: what is named, what looks wrong, what some object alters; and no more than that."""

from collections.abc import Iterator

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import EnvoyFilter, RequestAuthentication, ServiceEntry
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import ServicePort
from kubectl_mcdiag.mesh.access.identity import control_planes, services
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.services.authorization import policies_about
from kubectl_mcdiag.mesh.services.endpoints import crossing, named
from kubectl_mcdiag.mesh.services.policy import destination_rules, names_host, root_namespace
from kubectl_mcdiag.mesh.view import View, ask, fact
from kubectl_mcdiag.path.proxies import by_service, server

MOST = 6
"""Services that are looked into for each client; those named come first, and none of them is left out."""
LEFT_OUT = "it was not read, because others came first; name the service to follow its calls"
OUTBOUND, INBOUND, GATEWAY = "SIDECAR_OUTBOUND", "SIDECAR_INBOUND", "GATEWAY"


@fact
def looked_at(view: View, context: str, client: str) -> tuple[str, ...]:
    """Return the services whose calls from a client's proxy are looked into, the most suspicious first."""
    asked = sorted(named(view, context))
    return tuple(dict.fromkeys((*asked, *_suspicious(view, context, client))))[: max(MOST, len(asked))]


@fact
def left_out(view: View, context: str, client: str) -> tuple[str, ...]:
    """Return the services that would have been worth a look as well."""
    kept = looked_at(view, context, client)
    return tuple(dict.fromkeys(name for name in _suspicious(view, context, client) if name not in kept))


def is_looked_at(view: View, context: str, client: str, service: str) -> bool:
    """Return whether the calls of a client's proxy to a service are looked into."""
    return service in looked_at(view, context, client)


def is_left_out(view: View, context: str, client: str, service: str) -> bool:
    """Return whether the calls of a client's proxy to a service would be worth a look and are not looked into."""
    return service in left_out(view, context, client)


@fact
def of_connections(view: View, context: str) -> tuple[str, ...]:
    """Return the services of a cluster that speak TCP, whose clients do not notice that nobody answers behind Envoy."""
    found = ask(lambda: shared(view, context)) or ()
    return tuple(name for name in found if any(map(_is_of_connections, services(view, context)[name].ports)))[:MOST]


def _is_of_connections(port: ServicePort) -> bool:
    return (port.app_protocol or port.name).partition("-")[0] == "tcp"


@fact
def shared(view: View, context: str) -> tuple[str, ...]:
    """Return the services that calls from a cluster to any other are judged for."""
    others = [other for other in view.contexts if other != context]
    found = (name for other in others for name in ask(lambda o=other: crossing(view, context, o)) or ())  # type: ignore[misc]
    return tuple(dict.fromkeys(found))


def _suspicious(view: View, context: str, client: str) -> Iterator[str]:
    services = shared(view, context)
    yield from (name for name in services if _looks_wrong(view, context, client, name))
    yield from (name for name in services if is_altered(view, context, name))
    yield from (name for name in services if is_guarded(view, context, name))
    if envoy_filters(view, context, client.rpartition(".")[2], OUTBOUND):
        yield from services


def _looks_wrong(view: View, context: str, client: str, service: str) -> bool:
    found = by_service(view, context, client).get(service, ())
    return any(host.connect_failures or host.errors for cluster in found for host in cluster.hosts)


@fact
def is_altered(view: View, context: str, service: str) -> bool:
    """Return whether an object that clients of a cluster go by alters how they call a service."""
    full = host_of(view, context, service)
    for plane in control_planes(view, context):
        rules = view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services
        if any(names_host(host, rule.namespace, full) for rule in rules for host in rule.hosts):
            return True
    if service_entries(view, context, service):
        return True
    found = [rule for _, rule in destination_rules(view, context, service)]
    tls = any(rule.tls.mode or rule.tls.ports for rule in found)
    return tls or any(rule.subsets or rule.server_names or rule.connect_timeouts for rule in found)


@fact
def service_entries(view: View, context: str, service: str) -> tuple[tuple[str, ServiceEntry], ...]:
    """Return the ServiceEntries that add to a service of Kubernetes or take its host, with the context of each."""
    return tuple(
        (plane, entry)
        for plane in control_planes(view, context)
        for entry in view.read(ISTIO_CONFIG, plane, kind="serviceentries").service_entries
        if host_of(view, context, service) in entry.hosts
    )


@fact
def is_guarded(view: View, context: str, service: str) -> bool:
    """Return whether the servers of a service in another cluster may refuse requests, by a policy or a filter."""
    others = [other for other in view.contexts if other != context]
    return any(bool(ask(lambda o=other: guards(view, o, service))) for other in others)  # type: ignore[misc]


@fact
def guards(view: View, context: str, service: str) -> tuple[str, ...]:
    """Return the objects that decide about requests at the servers of a service in a cluster, by kind and name."""
    pod = server(view, context, service)
    if pod is None:
        return ()
    policies = [one.full_name for _, one in policies_about(view, context, pod) if one.action != "AUDIT"]
    tokens = [one.full_name for _, one in request_authentications(view, context, pod)]
    filters = [one.full_name for _, one in envoy_filters_on(view, context, pod, INBOUND)]
    kinds = (("AuthorizationPolicy", policies), ("RequestAuthentication", tokens), ("EnvoyFilter", filters))
    return tuple(f"{kind} {name}" for kind, names in kinds for name in names)


def request_authentications(view: View, context: str, pod: Pod) -> tuple[tuple[str, RequestAuthentication], ...]:
    """Return the RequestAuthentications that are about a pod, with the context that each stands in."""
    return tuple(
        (plane, one)
        for plane in control_planes(view, context)
        for one in view.read(ISTIO_CONFIG, plane, kind="requestauthentications").request_authentications
        if one.namespace in (pod.namespace, root_namespace(view, plane))
        and not one.has_targets
        and one.selector.items() <= pod.labels.items()
    )


@fact
def envoy_filters(view: View, context: str, namespace: str, where: str) -> tuple[tuple[str, EnvoyFilter], ...]:
    """Return the EnvoyFilters that may alter proxies of a namespace, in the context `where` of Envoy's listeners."""
    return tuple(
        (plane, one)
        for plane in control_planes(view, context)
        for one in view.read(ISTIO_CONFIG, plane, kind="envoyfilters").envoy_filters
        if one.namespace in (namespace, root_namespace(view, plane))
        and any(patch.context in (where, "ANY") for patch in one.patches)
    )


def envoy_filters_on(view: View, context: str, pod: Pod, where: str) -> tuple[tuple[str, EnvoyFilter], ...]:
    """Return the EnvoyFilters that alter the proxy of one pod."""
    found = envoy_filters(view, context, pod.namespace, where)
    return tuple((plane, one) for plane, one in found if one.selector.items() <= pod.labels.items())

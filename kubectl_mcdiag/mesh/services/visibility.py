"""Which services a proxy sees at all: by `exportTo` of the Service or mesh, and by Sidecar resources."""

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Sidecar
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, control_planes, mesh
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.services.endpoints import crossing, is_stranded, named
from kubectl_mcdiag.mesh.services.policy import governing, reaches, root_namespace
from kubectl_mcdiag.mesh.view import View, fact

EXPORT_TO = "networking.istio.io/exportTo"


@fact
def exports(view: View, context: str, service: str) -> tuple[str, ...]:
    """Return the namespaces that a Service is exported to, as its control plane reads them: `*`, `.`, `~` or names."""
    plane, found = control_planes(view, context)[0], governing(view, context, service)
    declared = tuple(part.strip() for part in found.annotations.get(EXPORT_TO, "").split(",") if part.strip())
    return declared or mesh(view, plane).default_service_export_to or ("*",)


@fact
def is_exported(view: View, context: str, service: str, namespace: str) -> bool:
    """Return whether proxies in a namespace see a Service."""
    return reaches(exports(view, context, service), service.partition(".")[2], namespace)


def sidecar_of(view: View, context: str, client: Pod) -> tuple[str, Sidecar] | None:
    """Return the Sidecar that decides for a pod, with its context: by labels, else its namespace's, else the mesh's."""
    for plane in control_planes(view, context):
        found = view.read(ISTIO_CONFIG, plane, kind="sidecars").sidecars
        own = [s for s in found if s.namespace == client.namespace]
        root = [s for s in found if s.namespace == root_namespace(view, plane) and not s.selector]
        chosen = [s for s in own if s.selector and s.selector.items() <= client.labels.items()]
        for candidate in (*chosen, *(s for s in own if not s.selector), *root):
            return plane, candidate
    return None


def is_hidden_by_sidecar(view: View, context: str, client: Pod, service: str) -> bool:
    """Return whether the Sidecar of a client leaves a service out of its egress hosts."""
    found = sidecar_of(view, context, client)
    if found is None or found[1].egress_hosts is None:
        return False
    hosts, full = found[1].egress_hosts, host_of(view, context, service)
    left_out = any(_means(host[1:], client.namespace, full) for host in hosts if host.startswith("~"))
    return left_out or not any(_means(host, client.namespace, full) for host in hosts if not host.startswith("~"))


def _means(host: str, own: str, full: str) -> bool:
    """Return whether an egress host of a Sidecar in namespace `own` means a service.

    `~` before a namespace leaves services out; alone it stands for every namespace (Istio 1.31
    `pilot/pkg/model/sidecar.go`, `convertIstioListenerToWrapper`).
    """
    space, _, pattern = host.rpartition("/")
    namespace = full.split(".")[1]
    spaces = space in ("", "*", namespace) or (space == "." and own == namespace)
    return spaces and (pattern == full or (pattern.startswith("*") and full.endswith(pattern[1:])))


def may_call(view: View, context: str, client: Pod, service: str) -> bool:
    """Return whether a client is meant to call a service, though policy hides it: its namespace's own, or one named."""
    return client.namespace == service.partition(".")[2] or service in named(view, context)


def is_hidden(view: View, context: str, client: Pod, service: str) -> bool:
    """Return whether a client is kept from a service by an export or by its Sidecar."""
    is_named_only = is_exported(view, context, service, client.namespace)
    return not is_named_only or is_hidden_by_sidecar(view, context, client, service)


def is_hidden_on_purpose(view: View, context: str, client: Pod, service: str) -> bool:
    """Return whether a client is kept from a service of another namespace, which nobody has named."""
    return not may_call(view, context, client, service) and is_hidden(view, context, client, service)


def is_missed(view: View, source: str, client: Pod, service: str, destination: str) -> bool:
    """Return whether a client may miss a service that is hidden from it.

    The other cluster shows it to the same namespace; or calls pass through, and no pod near the caller answers them.
    """
    passes = not mesh(view, control_planes(view, source)[0]).is_registry_only
    is_alone = passes and is_stranded(view, source, service, destination)
    return is_alone or is_seen_from(view, destination, service, client.namespace)


@fact
def is_seen_from(view: View, context: str, service: str, namespace: str) -> bool:
    """Return whether a client of a namespace in a cluster sees a service; False where there is none."""
    found = [client for client in clients(view, context) if client.namespace == namespace]
    return any(not is_hidden(view, context, client, service) for client in found)


def callable_services(view: View, source: str, client: Pod, destination: str) -> tuple[str, ...]:
    """Return the services that must reach `destination` from a client: those hidden from it on purpose left out."""
    return tuple(
        service
        for service in crossing(view, source, destination)
        if may_call(view, source, client, service) or not is_hidden(view, source, client, service)
    )

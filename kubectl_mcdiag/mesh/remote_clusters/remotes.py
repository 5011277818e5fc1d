"""Clusters without an istiod of their own: how their proxies and their API server reach one elsewhere."""

from ipaddress import ip_address

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import EndpointSlice, Service, Webhook
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.access.versions import connected
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.networks.gateways import addresses
from kubectl_mcdiag.mesh.view import View, fact

XDS, WEBHOOK = 15012, 15017


def outgoing(view: View, context: str) -> tuple[Pair, ...]:
    """Return the pairs whose client is in this cluster."""
    return tuple(Pair(context, other) for other in view.contexts if other != context)


def affected(view: View, context: str) -> tuple[Pair, ...]:
    """Return the pairs whose client is in this remote cluster, and those into it where pods there are not ready."""
    out = outgoing(view, context)
    return out + tuple(Pair(pair.destination, pair.source) for pair in out) if waiting_pods(view, context) else out


@fact
def injectors(view: View, context: str) -> tuple[Webhook, ...]:
    """Return the hooks that inject sidecars."""
    found = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    return tuple(hook for hook in found if "sidecar-injector.istio.io" in hook.name)


def hooks_of(view: View, context: str, configuration: str) -> tuple[Webhook, ...]:
    """Return the hooks of one webhook configuration that inject sidecars."""
    return tuple(hook for hook in injectors(view, context) if hook.configuration == configuration)


@fact
def istiod_services(view: View, context: str) -> tuple[str, ...]:
    """Return the names of the Services by which this cluster calls istiod: those its webhooks name, or `istiod`."""
    return tuple(dict.fromkeys(hook.service for hook in injectors(view, context) if hook.service)) or ("istiod",)


@fact
def istiod_service(view: View, context: str, name: str) -> Service | None:
    """Return one of those Services, None where there is none."""
    return services(view, context).get(f"{name}.{view.settings.istio_namespace}")


@fact
def behind(view: View, context: str, name: str) -> tuple[str, ...]:
    """Return the addresses, or the host name, behind a Service of the system namespace."""
    service = istiod_service(view, context, name)
    if service and service.external_name:
        return (service.external_name,)
    return tuple(endpoint.address for one in slices(view, context, name) for endpoint in one.endpoints)


@fact
def slices(view: View, context: str, name: str) -> tuple[EndpointSlice, ...]:
    """Return the EndpointSlices of a Service of the system namespace."""
    found = view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
    return tuple(one for one in found if (one.service, one.namespace) == (name, view.settings.istio_namespace))


@fact
def is_reached_by_name(view: View, context: str, name: str) -> bool:
    """Return whether a Service leads to a host name, at which proxies have connected to their istiod.

    Only the cluster's own DNS knows what address the name has.
    """
    found = behind(view, context, name)
    return bool(found) and not any(is_address(one) for one in found) and bool(connected(view, context))


def is_address(text: str) -> bool:
    """Return whether a text is an IP address and not a host name."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


@fact
def entrances(view: View, plane: str) -> tuple[Service, ...]:
    """Return the Services of a primary by which others call its istiod: an address, and port 15012 or 15017."""
    return tuple(
        service
        for service in services(view, plane).values()
        if addresses(service) and {port.port for port in service.ports} & {XDS, WEBHOOK}
    )


@fact
def entrance_of(view: View, plane: str, context: str) -> Service | None:
    """Return the gateway of `plane` at whose address a remote cluster calls istiod, None where it is another way."""
    called = {address for name in istiod_services(view, context) for address in behind(view, context, name)}
    found = (service for service in services(view, plane).values() if called & set(addresses(service)))
    return next((service for service in found if service.selector.get("app") != "istiod"), None)

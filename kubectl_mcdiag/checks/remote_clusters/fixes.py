"""Fixes of remote clusters: injection webhooks, the address of their istiod, and pods that wait for it."""

from typing import Any

from kubectl_mcdiag.checks.fixes import restart_pods
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, replaced, test
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Webhook
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.remote_clusters.remotes import WEBHOOK, XDS, behind, is_address, istiod_service, slices
from kubectl_mcdiag.mesh.view import View

WHY_SERVICE = "proxies and the injection webhook call istiod by this Service"
WHY_DOOR = "points to the address at which {plane} exposes istiod; set global.remotePilotAddress likewise"


def webhook(context: str, name: str) -> Object:
    """Return a webhook configuration."""
    return Object(context, "mutatingwebhookconfiguration", name)


def named(hook: Webhook) -> Operation:
    """Return the part of a patch by which it fails where another hook stands in the place of this one."""
    return test(pointer("webhooks", hook.index, "name"), hook.name)


def client(hook: Webhook, *keys: str) -> str:
    """Return the place in a webhook configuration that says how this hook calls istiod."""
    return pointer("webhooks", hook.index, "clientConfig", *keys)


def patch_webhook(view: View, context: str, name: str, operations: list[Operation], why: Message) -> Step:
    """Change hooks of one webhook configuration."""
    return patch(view, Action.WEBHOOK, webhook(context, name), tuple(operations), why)


def restart_starving(view: View, context: str, why: Message) -> tuple[Step, ...]:
    """Restart the pods whose proxies wait for their istiod."""
    return restart_pods(view, context, waiting_pods(view, context), why)


def create_istiod_service(view: View, context: str, plane: str, name: str, address: str) -> tuple[Step, ...]:
    """Create what is missing of the Service by which a remote cluster calls istiod at an address."""
    meta, why = {"name": name, "namespace": view.settings.istio_namespace}, say(WHY_DOOR, plane=plane)
    steps = []
    if istiod_service(view, context, name) is None:
        ports = [{"name": "tcp-istiod", "port": XDS}, {"name": "tcp-webhook", "port": 443, "targetPort": WEBHOOK}]
        service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": ports}}
        steps.append(create(view, Action.CREATE_SERVICE, context, service, say(WHY_SERVICE)))
    if held := slices(view, context, name):
        target = Object(context, "endpointslice", held[0].name, view.settings.istio_namespace)
        operations = (put(pointer("endpoints"), [{"addresses": [address]}]),)
        return *steps, patch(view, Action.MOVE_TRAFFIC, target, operations, why)
    return *steps, create(view, Action.CREATE_SERVICE, context, _slice(meta, address), why)


def _slice(meta: dict[str, str], address: str) -> dict[str, Any]:
    ports = (("tcp-istiod", XDS), ("tcp-webhook", WEBHOOK))
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**meta, "labels": {"kubernetes.io/service-name": meta["name"]}},
        "addressType": "IPv6" if ":" in address else "IPv4",
        "endpoints": [{"addresses": [address]}],
        "ports": [{"name": name, "port": port, "protocol": "TCP"} for name, port in ports],
    }


def lead_to(view: View, context: str, plane: str, name: str, address: str) -> tuple[Step, ...]:
    """Replace the one address behind a Service; where there are more, or a host name, no step is safe."""
    held, found = slices(view, context, name), behind(view, context, name)
    if len(held) != 1 or len(found) != 1 or not is_address(found[0]):
        return ()
    target = Object(context, "endpointslice", held[0].name, view.settings.istio_namespace)
    operations = replaced(pointer("endpoints", 0, "addresses"), list(found), [address])
    return (patch(view, Action.MOVE_TRAFFIC, target, operations, say(WHY_DOOR, plane=plane)),)

"""Fixes of the ambient family: services that are called across clusters, gateways for ztunnels and for sidecars."""

from typing import Any

from kubectl_mcdiag.checks.message import Message
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, label
from kubectl_mcdiag.evidence.commands import GATEWAY_API
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import LISTENER_PROTOCOL
from kubectl_mcdiag.mesh.access.identity import NETWORK, REVISION, control_planes, istiods, network, services
from kubectl_mcdiag.mesh.access.membership import CLUSTER_DOMAIN, domain_of
from kubectl_mcdiag.mesh.ambient.enrolment import CLASS, GLOBAL, HBONE
from kubectl_mcdiag.mesh.networks.gateways import PORT
from kubectl_mcdiag.mesh.view import View, ask

NAME = "istio-eastwestgateway"
TERMINATED = {"mode": "Terminate", "options": {"gateway.istio.io/tls-terminate-mode": "ISTIO_MUTUAL"}}
PASSED = {"mode": "Passthrough", "options": {LISTENER_PROTOCOL: "auto-passthrough"}}


def service_object(context: str, service: str) -> Object:
    """Return a Service by its `name.namespace`."""
    name, _, namespace = service.partition(".")
    return Object(context, "service", name, namespace)


def is_labelled(view: View, context: str, service: str) -> bool:
    """Return whether a Service asks to be global in this cluster."""
    return services(view, context)[service].labels.get(GLOBAL) == "true"


def make_global(view: View, context: str, service: str, why: Message) -> Step:
    """Make a Service (`name.namespace`) global, so that ztunnels send calls to other clusters as well."""
    old = services(view, context)[service].labels.get(GLOBAL, "")
    return label(view, Action.MOVE_TRAFFIC, service_object(context, service), GLOBAL, "true", old, why)


def tunnel_gateway(view: View, context: str, why: Message) -> Step:
    """Create the Gateway through which ztunnels of other networks enter, as Istio's guide does (1.27 and newer)."""
    listener = {"name": "mesh", "port": HBONE, "protocol": "HBONE", "tls": TERMINATED}
    return _gateway(view, context, CLASS, listener, why)


def sidecar_gateway(view: View, context: str, why: Message) -> Step:
    """Create the Gateway through which sidecars of other networks enter, as Istio's guide does."""
    domain = domain_of(view, context)
    hosts = "*.local" if domain == CLUSTER_DOMAIN else f"*.{domain}"
    listener = {"name": "cross-network", "hostname": hosts, "port": PORT, "protocol": "TLS", "tls": PASSED}
    return _gateway(view, context, "istio", listener, why)


def _gateway(view: View, context: str, class_name: str, listener: dict[str, Any], why: Message) -> Step:
    where = view.settings.istio_namespace
    labels = {NETWORK: network(view, context), **_revision(view, context)}
    manifest = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": _free_name(view, context, where), "namespace": where, "labels": labels},
        "spec": {"gatewayClassName": class_name, "listeners": [listener]},
    }
    return create(view, Action.EXPOSE, context, manifest, why)


def _revision(view: View, context: str) -> dict[str, str]:
    """Return the label by which an istiod with a revision takes a Gateway for its own."""
    found = [pod.labels.get(REVISION, "") for plane in control_planes(view, context) for pod in istiods(view, plane)]
    return {REVISION: found[0]} if found and found[0] not in ("", "default") else {}


def _free_name(view: View, context: str, namespace: str) -> str:
    """Return a name that no Gateway has, nor a Service, which a Gateway's is called like."""
    gateways = ask(lambda: view.read(GATEWAY_API, context)) or ()
    found = {(one.name, one.namespace) for one in gateways}
    found |= {(one.name, one.namespace) for one in services(view, context).values()}
    taken = {name for name, where in found if where == namespace}
    names = (NAME, *(f"{NAME}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)

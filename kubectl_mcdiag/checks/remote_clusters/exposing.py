"""Fixes that expose istiod on a gateway of its cluster, as Istio's sample `expose-istiod.yaml` does."""

from typing import Any

from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks.fixes import free_name
from kubectl_mcdiag.checks.patches import pointer, put, replaced, test, tested
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, patch
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.networks.exposures import CLASSIC
from kubectl_mcdiag.mesh.remote_clusters.istiod_exposure import ISTIOD_GATEWAY, Opening
from kubectl_mcdiag.mesh.remote_clusters.remotes import WEBHOOK, XDS
from kubectl_mcdiag.mesh.view import View

API = "networking.istio.io/v1beta1"
NAMES = {XDS: "tls-istiod", WEBHOOK: "tls-istiodwebhook"}
PASSTHROUGH = {"mode": "PASSTHROUGH"}
WHY = say("the gateway forwards TLS for istiod")
WHY_ROUTE = say("routes what the gateway forwards to istiod")
WHY_PORTS = say("opens the ports of istiod on the gateway")


def open_ports(view: View, plane: str, entrance: Service, ports: tuple[int, ...]) -> Step:
    """Add ports to the Service of a gateway."""
    target = Object(plane, "service", entrance.name, entrance.namespace)
    added = ({"name": NAMES[port], "port": port, "targetPort": port, "protocol": "TCP"} for port in ports)
    return patch(view, Action.OPEN_PORT, target, tuple(put("/spec/ports/-", port) for port in added), WHY_PORTS)


def pass_on(view: View, plane: str, opening: Opening) -> Step:
    """Have a server of a Gateway forward TLS, and leave the others as they are."""
    place = pointer("spec", "servers", opening.index)
    target = Object(plane, CLASSIC, opening.gateway.name, opening.gateway.namespace)
    operations = (
        test(f"{place}/port/number", opening.server.port),
        *replaced(f"{place}/port/protocol", opening.server.protocol, "TLS"),
        *(tested(f"{place}/tls", opening.server.tls) if opening.server.tls else ()),
        put(f"{place}/tls", PASSTHROUGH),
    )
    return patch(view, Action.EXPOSE_INSTEAD, target, operations, WHY)


def expose(view: View, plane: str, entrance: Service, ports: tuple[int, ...]) -> tuple[str, Step]:
    """Create a Gateway that forwards TLS for istiod; return its name as well."""
    found = view.read(ISTIO_CONFIG, plane, kind="gateways").gateways
    name = free_name(ISTIOD_GATEWAY, {one.name for one in found if one.namespace == entrance.namespace})
    servers = [_server(port) for port in ports]
    spec = {"selector": dict(entrance.selector), "servers": servers}
    return name, create(view, Action.EXPOSE, plane, _object("Gateway", name, entrance.namespace, spec), WHY)


def _server(port: int) -> dict[str, Any]:
    return {"port": {"name": NAMES[port], "number": port, "protocol": "TLS"}, "tls": PASSTHROUGH, "hosts": ["*"]}


def route(view: View, plane: str, entrance: Service, gateways: tuple[str, ...]) -> Step:
    """Create the VirtualService that routes from Gateways to istiod."""
    found = view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services
    name = free_name("istiod-vs", {one.name for one in found if one.namespace == entrance.namespace})
    rules = [_rule(_host(view, plane), port, target) for port, target in ((XDS, XDS), (WEBHOOK, 443))]
    spec = {"hosts": ["*"], "gateways": list(gateways), "tls": rules}
    return create(view, Action.EXPOSE, plane, _object("VirtualService", name, entrance.namespace, spec), WHY_ROUTE)


def _host(view: View, plane: str) -> str:
    revisions = [pod.labels.get("istio.io/rev", "default") for pod in istiods(view, plane)]
    suffix = "".join(f"-{revision}" for revision in revisions[:1] if revision != "default")
    return host_of(view, plane, f"istiod{suffix}.{view.settings.istio_namespace}")


def _rule(host: str, port: int, target: int) -> dict[str, Any]:
    destination = {"host": host, "port": {"number": target}}
    return {"match": [{"port": port, "sniHosts": ["*"]}], "route": [{"destination": destination}]}


def _object(kind: str, name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}

"""A primary exposes its istiod to the clusters that it serves.

Proxies of a remote cluster reach istiod at port 15012 of the primary's east-west gateway, and its API server the
injection webhook at 15017. That needs both ports on the gateway's Service, a Gateway that lets TLS through
(PASSTHROUGH) on both, and a VirtualService that leads from there to istiod.

To mend it: apply Istio's sample `expose-istiod.yaml`.

Source: Istio 1.31 `samples/multicluster/expose-istiod.yaml`; guide "Install Primary-Remote". Catalogue G2.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import apply, kubectl, shows
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import WEBHOOK, XDS, entrance_of, openings, outgoing, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{plane} does not let {context} in to its istiod: {what}."
PORTS = (XDS, WEBHOOK)
NO_PORTS = "Service {service} lacks port {ports}"
NO_GATEWAY = "no Gateway on {service} lets TLS through on port {ports}"
NO_ROUTE = "no VirtualService leads from Gateway {gateways} to istiod"
WHY = "lets TLS for istiod through the east-west gateway"
WHY_ROUTE = "leads from there to istiod"
WHY_PORTS = "opens the ports of istiod"


@dataclass(frozen=True, slots=True)
class Gap:
    """What an entrance lacks: ports of its Service, ports that no Gateway lets through, and a way on to istiod."""

    ports: tuple[int, ...]
    closed: tuple[int, ...]
    gateways: tuple[str, ...]
    is_routed: bool


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure where the gateway that a remote cluster calls does not lead on to istiod."""
    plane = plane_of(view, context)
    entrance = entrance_of(view, plane, context)
    if not entrance:
        return
    gap = _gap(view, plane, entrance)
    what = _worded(entrance, gap)
    if what:
        yield Finding(
            Status.FAIL,
            Scope(clusters=(plane,), pairs=outgoing(view, context)),
            PROBLEM.format(plane=plane, context=context, what=what),
            (
                shows(
                    plane,
                    kubectl(view, plane, "get", "gateways.networking.istio.io,virtualservices", "-A", "-o", "yaml"),
                    what,
                ),
            ),
            tuple(_steps(view, plane, entrance, gap)),
        )


def _gap(view: View, plane: str, entrance: Service) -> Gap:
    passing = {
        server.port: f"{gateway.namespace}/{gateway.name}"
        for gateway in openings(view, plane, entrance.full_name)
        for server in gateway.servers
        if server.port in PORTS and server.tls_mode == "PASSTHROUGH"
    }
    gateways = tuple(sorted(set(passing.values()))) or (f"{entrance.namespace}/istiod-gateway",)
    names = {*gateways, *(name.partition("/")[2] for name in gateways)}
    routed = any(
        names & set(service.gateways) and any(route.host.startswith("istiod") for route in service.routes)
        for service in view.read(ISTIO_CONFIG, plane, kind="virtualservices").virtual_services
    )
    open_ports = {port.port for port in entrance.ports}
    return Gap(
        ports=tuple(port for port in PORTS if port not in open_ports),
        closed=tuple(port for port in PORTS if port not in passing),
        gateways=gateways,
        is_routed=routed,
    )


def _worded(entrance: Service, gap: Gap) -> str:
    if gap.ports:
        return NO_PORTS.format(service=entrance.full_name, ports=" and ".join(map(str, gap.ports)))
    if gap.closed:
        return NO_GATEWAY.format(service=entrance.full_name, ports=" and ".join(map(str, gap.closed)))
    return "" if gap.is_routed else NO_ROUTE.format(gateways=", ".join(gap.gateways))


def _steps(view: View, plane: str, entrance: Service, gap: Gap) -> Iterator[Step]:
    """Yield what closes the gap: each part only where it is missing, for it may have been changed on purpose."""
    if gap.ports:
        ports = [{"name": f"tls-{port}", "port": port, "targetPort": port} for port in gap.ports]
        patch = ("patch", "service", entrance.name, "-p", json.dumps({"spec": {"ports": ports}}))
        yield Step(Kind.SAFE, kubectl(view, plane, "-n", entrance.namespace, *patch), WHY_PORTS)
    if gap.closed:
        yield Step(Kind.SAFE, apply(view, plane, _gateway(entrance)), WHY)
    if not gap.is_routed:
        yield Step(Kind.SAFE, apply(view, plane, _route(view, plane, entrance, gap)), WHY_ROUTE)


def _gateway(entrance: Service) -> dict[str, Any]:
    servers = [
        {
            "port": {"name": name, "number": number, "protocol": "TLS"},
            "tls": {"mode": "PASSTHROUGH"},
            "hosts": ["*"],
        }
        for name, number in zip(("tls-istiod", "tls-istiodwebhook"), PORTS, strict=True)
    ]
    return {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "Gateway",
        "metadata": {"name": "istiod-gateway", "namespace": entrance.namespace},
        "spec": {"selector": dict(entrance.selector), "servers": servers},
    }


def _route(view: View, plane: str, entrance: Service, gap: Gap) -> dict[str, Any]:
    revisions = [pod.labels.get("istio.io/rev", "default") for pod in istiods(view, plane)]
    suffix = "".join(f"-{revision}" for revision in revisions[:1] if revision != "default")
    host = f"istiod{suffix}.{view.settings.istio_namespace}.svc.cluster.local"
    rules = [
        {
            "match": [{"port": port, "sniHosts": ["*"]}],
            "route": [{"destination": {"host": host, "port": {"number": target}}}],
        }
        for port, target in ((XDS, XDS), (WEBHOOK, 443))
    ]
    return {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "VirtualService",
        "metadata": {"name": "istiod-vs", "namespace": entrance.namespace},
        "spec": {"hosts": ["*"], "gateways": list(gap.gateways), "tls": rules},
    }


CHECK = Check(
    "MC702",
    "a primary exposes its istiod to the clusters it serves",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("G2",),
)

"""What proxies get to know: Sidecars, ServiceEntries, exportTo."""

from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import NETWORKING, called, created, deleted, edited, held, name, new, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "visibility"
EGRESS: dict[str, list[str]] = {
    "its own namespace alone": ["./*"],
    "its own namespace and the system's": ["./*", "istio-system/*"],
    "its own, the shop's and the system's": ["./*", "shop/*", "istio-system/*"],
    "everything": ["*/*"],
    "the shop": ["shop/*"],
    "the sample": ["sample/*"],
}
ENTRIES: dict[str, dict[str, Any]] = {
    "endpoints that nobody has": {"resolution": "STATIC", "endpoints": [{"address": "192.0.2.7"}]},
    "no endpoints": {"resolution": "STATIC", "endpoints": []},
    "the address that was asked for": {"resolution": "NONE"},
    "names": {"resolution": "DNS", "endpoints": [{"address": "backend.example.test"}]},
}


@kind
def sidecar(chance: Random, ground: Ground) -> Mutation:
    """Draw a new Sidecar that says what the client's namespace, or its pods, get to know."""
    about = chance.choice(list(EGRESS))
    spec: dict[str, Any] = {"egress": [{"hosts": EGRESS[about]}]}
    if chance.random() < 0.4:
        spec["workloadSelector"] = {"labels": {"app": chance.choice(["curl", "helloworld", "checkout"])}}
    if chance.random() < 0.4:
        spec["outboundTrafficPolicy"] = {"mode": chance.choice(["REGISTRY_ONLY", "ALLOW_ANY"])}
    namespace = chance.choice(["sample", "sample", "shop", ground.shape.istio_namespace])
    made = new(NETWORKING, "Sidecar", namespace, name(chance, "sidecar"), spec)
    what = f"Sidecar in {namespace} for {spec.get('workloadSelector', 'all pods')}: knows {about}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def service_entry(chance: Random, ground: Ground) -> Mutation:
    """Draw a new ServiceEntry: of a service's own name, or of a host outside."""
    to, about = called(chance, ground), chance.choice(list(ENTRIES))
    host = chance.choice([to.host, to.host, f"{to.name}.example.test"])
    protocol = "HTTP" if to.is_http else "TCP"
    spec = {
        "hosts": [host],
        "location": chance.choice(["MESH_INTERNAL", "MESH_EXTERNAL"]),
        "ports": [{"number": to.port, "name": protocol.lower(), "protocol": protocol}],
        **ENTRIES[about],
    }
    made = new(NETWORKING, "ServiceEntry", to.namespace, name(chance, "entry"), spec)
    what = f"ServiceEntry for {host}: {about}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def export_of_a_service(chance: Random, ground: Ground) -> Mutation | None:
    """Draw an annotation that says to which namespaces a Service is exported."""
    to, where = called(chance, ground), chance.choice([".", "*", "sample", "shop", "~"])
    found = held(ground, some(chance, ground.shape.clusters), "Service", to.namespace, to.name)
    what = f"Service {to.name} exported to {where}"

    def annotate(copy: dict[str, Any]) -> None:
        copy["metadata"].setdefault("annotations", {})["networking.istio.io/exportTo"] = where

    return edited(FAMILY, what, found, annotate) if found else None


@kind
def deleted_entry(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a ServiceEntry that is there no more."""
    found = ground.of("ServiceEntry", ["shop"])
    return deleted(FAMILY, [chance.choice(found)]) if found else None

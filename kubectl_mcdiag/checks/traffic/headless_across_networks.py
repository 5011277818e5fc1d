"""Headless services are called where they have pods.

A client of a headless service picks a pod by DNS and calls its address. Kubernetes' DNS gives the pods of the client's
own cluster alone. Istio's, where the client's proxy answers DNS, gives those of all clusters on the client's network,
and of no other. Where the client's cluster has no pod and DNS gives none of another, all calls fail.

Fix: use a Service with an address beside it for calls that are to cross; or run a pod in each cluster.

Source: Istio 1.31 `pkg/dns/server/name_table.go`; istio/istio#31787, #38327; Istio, "Deployment models".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.services.proof import service_shown
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, is_stranded, subjects
from kubectl_mcdiag.mesh.view import View

APART = "The clusters are on different networks, and pod addresses are not reachable across them."
UNNAMED = "Clients in {source} ask Kubernetes' DNS, which gives the pods of their own cluster alone."
STRANDED = " {source} has no ready pod of it, so that its name has no address there and all calls fail."
CAPTURE = (
    "Run a pod of it in {source}, or call a Service with an address. On one network, ISTIO_META_DNS_CAPTURE: true in"
    " the proxyMetadata of the clients gives them the pods of {destination} as well."
)
BESIDE = "Run a pod of it in {source}, or call a Service with an address, which crosses networks."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each headless service that stays where it is called, a failure if it has no pod there."""
    for service in subjects(view, pair.source, pair.destination):
        found = [services(view, context)[service] for context in (pair.source, pair.destination)]
        is_called_by_pod = all(each.is_headless for each in found) and in_mesh(view, pair.destination, service)
        if is_called_by_pod and not _are_named(view, pair):
            yield _finding(view, pair, service)


def _are_named(view: View, pair: Pair) -> bool:
    """Return whether the DNS of a cluster's clients gives pods of the other one: that of their proxies does."""
    if crosses_networks(view, pair.source, pair.destination):
        return False
    return all(client.answers_dns for client in clients(view, pair.source))


def _finding(view: View, pair: Pair, service: str) -> Finding:
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    is_apart = crosses_networks(view, pair.source, pair.destination)
    fails = is_stranded(view, pair.source, service, pair.destination)
    advice = say(BESIDE, source=pair.source) if is_apart else say(CAPTURE, **_ends(pair))
    detail = (APART if is_apart else UNNAMED) + (STRANDED if fails else "")
    return Finding(
        Status.FAIL if fails else Status.NOTE,
        Scope(clusters=(pair.source,) if fails else (one, other), pairs=(pair,), service=service),
        say(
            "{service} {service:is|are} headless, so {service:its|their} pods are reachable only inside {clusters}",
            service=service,
            clusters=(one, other),
        ),
        tuple(service_shown(view, context, services(view, context)[service]) for context in (one, other)),
        detail=say(detail, **({"source": pair.source} if "{source}" in detail else {})),
        advice=advice if fails else NOTHING,
    )


def _ends(pair: Pair) -> dict[str, str]:
    return {"source": pair.source, "destination": pair.destination}


CHECK = Check(
    "MC616",
    "headless services have pods where they are called",
    Unit.PAIR,
    run,
    rows=("D19",),
    guide="T2",
    keeps_local=True,
)

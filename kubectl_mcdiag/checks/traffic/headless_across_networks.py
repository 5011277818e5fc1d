"""Headless services do not need to cross networks.

A client of a headless service picks a pod by DNS and calls its address, which leads nowhere on another network. Istio
does not carry such calls across: each cluster answers its own clients, and pods of the other cluster have no name.

Nothing to fix: use a Service with an address beside it for calls that are to cross.

Source: istio/istio#31787; Istio, "Deployment models".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import service_shown
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each headless service of two networks."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    for service in subjects(view, pair.source, pair.destination):
        found = [services(view, context)[service] for context in (one, other)]
        if all(each.is_headless for each in found) and in_mesh(view, pair.destination, service):
            yield Finding(
                Status.NOTE,
                Scope(clusters=(one, other), pairs=(pair,), service=service),
                say(
                    "{service} {service:is|are} headless, so {service:its|their} pods are reachable only"
                    " inside {clusters}",
                    service=service,
                    clusters=(one, other),
                ),
                tuple(service_shown(view, context, each) for context, each in zip((one, other), found, strict=True)),
                detail=say("The clusters are on different networks, and pod addresses are not reachable across them."),
            )


CHECK = Check(
    "MC616",
    "headless services do not need to cross networks",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    rows=("D19",),
    guide="T2",
    keeps_local=True,
)

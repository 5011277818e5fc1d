"""Headless services do not need to cross networks.

A client of a headless service picks a pod by DNS and calls its address, which leads nowhere on another network. Istio
does not carry such calls across: each cluster answers its own clients, and pods of the other cluster have no name.

Nothing to mend: use a Service with an address beside it for calls that are to cross.

Source: istio/istio#31787; Istio, "Deployment models". Catalogue D19.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service} is headless in {source} and {destination}, which are on different networks: its pods are called in their"
    " own cluster alone."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each headless service of two networks."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    for service in subjects(view, pair.source, pair.destination):
        found = [services(view, context)[service] for context in (one, other)]
        if all(each.is_headless for each in found) and in_mesh(view, pair.destination, service):
            yield Finding(
                Status.NOTE,
                Scope(clusters=(one, other), pairs=(pair,), service=service),
                PROBLEM.format(service=service, source=one, destination=other),
                tuple(
                    shows(
                        context,
                        kubectl(view, context, "-n", each.namespace, "get", "service", each.name),
                        f"{each.name}  {each.type}  CLUSTER-IP None",
                    )
                    for context, each in zip((one, other), found, strict=True)
                ),
            )


CHECK = Check(
    "MC616",
    "headless services do not need to cross networks",
    Unit.PAIR,
    run,
    rows=("D19",),
    guide="T2",
)

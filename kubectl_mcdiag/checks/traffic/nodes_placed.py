"""Nodes say where they are where locality decides.

Locality compares the region and zone of caller and endpoint, which come from the labels of their nodes. Where a node
has none there is nothing to compare: the policy that asks for near endpoints does nothing, or takes none for near.

Nothing to fix: label the nodes with `topology.kubernetes.io/region` and `/zone`, if locality is to count.

Source: Istio, "Locality load balancing".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.services.proof import SHOWN
from kubectl_mcdiag.checks.steps import kubectl
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.traffic.locality import REGION, nodes, preference
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service with a locality policy and nodes without a place."""
    for service in subjects(view, pair.source, pair.destination):
        policy = preference(view, pair.source, service)
        for context in (pair.source, pair.destination) if policy else ():
            bare = tuple(node.name for node in nodes(view, context) if REGION not in node.labels)
            if bare:
                yield _finding(view, pair, service, context, bare, policy)


def _finding(view: View, pair: Pair, service: str, context: str, bare: tuple[str, ...], policy: str) -> Finding:
    command = kubectl(view, context, "get", "nodes", "-l", f"!{REGION}", "-o", "name")
    return Finding(
        Status.NOTE,
        Scope(clusters=(context,), pairs=(pair,), service=service),
        say("{count} {count:node|nodes} of {context} {count:has|have} no region", count=len(bare), context=context),
        (shown(context, command, *(f"node/{name}" for name in bare[:SHOWN])),),
        detail=say(
            "Endpoints of {service} that are near come first because of {policy}, which cannot tell what is near for"
            " {names}.",
            service=service,
            policy=policy,
            names=bare,
        ),
    )


CHECK = Check(
    "MC618",
    "nodes say where they are where locality decides",
    Unit.PAIR,
    run,
    rows=("L9",),
    guide="T2",
)

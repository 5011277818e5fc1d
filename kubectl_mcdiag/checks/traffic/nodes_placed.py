"""Nodes say where they are where locality decides.

Locality compares the region and zone of caller and endpoint, which come from the labels of their nodes. Where a node
has none there is nothing to compare: the policy that asks for near endpoints does nothing, or takes none for near.

Nothing to mend: label the nodes with `topology.kubernetes.io/region` and `/zone`, if locality is to count.

Source: Istio, "Locality load balancing". Catalogue L9.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.traffic.locality import REGION, ZONE, nodes, preference
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: near endpoints are to come first because of {policy}, but {count} of the nodes of {context} ({names})"
    " carry no region, so that near cannot be told from far."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service with a locality policy and nodes without a place."""
    for service in subjects(view, pair.source, pair.destination):
        policy = preference(view, pair.source, service)
        for context in (pair.source, pair.destination) if policy else ():
            bare = [node.name for node in nodes(view, context) if REGION not in node.labels]
            if bare:
                yield Finding(
                    Status.NOTE,
                    Scope(clusters=(context,), pairs=(pair,), service=service),
                    PROBLEM.format(
                        service=service, policy=policy, context=context, count=len(bare), names=", ".join(bare[:3])
                    ),
                    (
                        shows(
                            context,
                            kubectl(view, context, "get", "nodes", "-L", REGION, "-L", ZONE),
                            *(f"{name}  <none>" for name in bare[:3]),
                        ),
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

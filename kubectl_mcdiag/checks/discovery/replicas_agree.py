"""All replicas of istiod know the same clusters.

Each istiod pod reads the other clusters for itself, and a proxy knows what the one that it is attached to knows. Where
one replica could not read a cluster, for example because it started while the network was down, calls depend on
which replica serves the client: some pods see the other cluster, some do not.

To mend it: replace the replica that lags behind.

Source: istio/istio#45992; `istioctl remote-clusters` has a row for each replica. Catalogue B19.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.remedies import await_istiod, logged, system
from kubectl_mcdiag.mesh.discovery.trouble import Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{late} in {holder} has not synced {context}, which {fine} has: proxies attached to it do not know that cluster."
)
WHY = "its Deployment starts another one"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where some replicas have synced the destination and others have not."""
    for suspect in troubled(view, pair.source, pair.destination, Trouble.REPLICA):
        late = suspect.why.split(", ")
        yield Finding(
            Status.FAIL,
            Scope(clusters=(suspect.holder,), pairs=(pair,), istiod=late[0] if len(late) == 1 else ""),
            PROBLEM.format(late=suspect.why, holder=suspect.holder, context=pair.destination, fine=suspect.proof),
            (logged(view, suspect),),
            (
                Step(Kind.DISRUPTIVE, system(view, suspect.holder, "delete", "pod", *late), WHY),
                *await_istiod(view, suspect.holder),
            ),
        )


CHECK = Check(
    "MC322",
    "all replicas of istiod know the same clusters",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B19",),
    guide="T4a",
)

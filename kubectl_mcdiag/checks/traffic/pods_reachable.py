"""Pods of another cluster on the same network accept connections from a pod without Istio.

On one flat network the pods of all clusters must reach each other by address. With `--probe`, a pod that has no sidecar
connects to pods of the other cluster: if that fails, the cause is outside Istio (firewall, security group, routes,
NetworkPolicy, CNI), and nothing in the mesh can mend it. A ping proves nothing: ICMP may pass where TCP does not.

To mend it: let TCP pass between the pods of both clusters. If they are not meant to reach each other, the clusters are
on different networks: give each its own `topology.istio.io/network` and an east-west gateway.

Source: Guide T1. Catalogue E1, E3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import PROBE_CONNECT
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.probes import closed_doors, need_probe
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "A pod without a sidecar in {source} cannot connect to {address}, a pod in {destination} on the same network: "
    "{error}. The way is closed outside Istio."
)
APART = "{source} and {destination} are on different networks: their pods are not meant to reach each other"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each pod of the destination that cannot be connected to."""
    need_probe(view)
    if crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(APART.format(source=pair.source, destination=pair.destination))
    for target, error in closed_doors(view, pair.source, pair.destination):
        yield _finding(view, pair, target, error)


def _finding(view: View, pair: Pair, target: str, error: str) -> Finding:
    address = target.partition(" ")[2]
    return Finding(
        Status.FAIL,
        Scope((pair.source, pair.destination), (pair,)),
        PROBLEM.format(source=pair.source, address=address, destination=pair.destination, error=error),
        (asked(view, PROBE_CONNECT, pair.source, target, error),),
    )


CHECK = Check(
    "MC631",
    "pods of another cluster on the same network accept connections without Istio",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("E1", "E3"),
    guide="T1",
)

"""Pods of another cluster on the same network accept connections from a pod without Istio.

On one flat network the pods of all clusters must reach each other by address. With `--probe`, a pod that has no
sidecar connects to pods of the other cluster: if that fails, the cause is outside Istio (firewall, security group,
routes, NetworkPolicy, CNI), and nothing in the mesh can fix it. A ping proves nothing: ICMP may pass where TCP does
not.

Fix: let TCP pass between the pods of both clusters. If they are not meant to reach each other, the clusters are
on different networks: give each its own `topology.istio.io/network` and an east-west gateway.

Source: Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import on_one_network
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.traffic.guards import with_probe
from kubectl_mcdiag.evidence.commands import PROBE_CONNECT
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.probes import refused_connections
from kubectl_mcdiag.mesh.view import View

ASK = (
    "Ask whoever runs the network to allow TCP from the pods of {source} to the pods of {destination}, on all ports"
    " that they serve: routes, firewall, security group, NetworkPolicy. Verify with the command above. If they"
    " are not meant to reach each other, give each cluster a network of its own and an east-west gateway."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each pod of the destination that cannot be connected to."""
    for target, error in refused_connections(view, pair.source, pair.destination):
        yield _finding(view, pair, target, error)


def _finding(view: View, pair: Pair, target: str, error: str) -> Finding:
    address = target.partition(" ")[2]
    return Finding(
        Status.FAIL,
        Scope((pair.source, pair.destination), (pair,)),
        say(
            "Pods of {source} cannot connect to pods of {destination}, with or without Istio",
            source=pair.source,
            destination=pair.destination,
        ),
        (asked(view, PROBE_CONNECT, pair.source, target, error),),
        detail=say(
            "A pod without a sidecar tried {address}, on the same network: {error}.", address=address, error=error
        ),
        advice=say(ASK, source=pair.source, destination=pair.destination),
    )


CHECK = Check(
    "MC631",
    "pods of another cluster on the same network accept connections without Istio",
    Unit.PAIR,
    run,
    guards=(
        with_probe,
        on_one_network,
    ),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("E1", "E3"),
    guide="T1",
)

"""Another network's east-west gateway accepts connections.

Across networks every call enters through the gateway's address and port. With `--probe`, a pod that has no sidecar
connects to them; the container beside a sidecar would not do, because its connections end in that sidecar. Where they
fail, a firewall, the load balancer or a gateway that does not listen blocks them.

Fix: if no root cause is named above, open the port between the clusters: firewall or security group, the load
balancer's own scheme (an internal one is reached only from its own network) and its health checks.

Source: Istio, "Troubleshooting Multicluster" has this for one network only.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.traffic.guards import with_probe
from kubectl_mcdiag.evidence.commands import PROBE_CONNECT
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.probes import refused_connections
from kubectl_mcdiag.mesh.view import View

ASK = (
    "Ask whoever runs the network to allow TCP from the nodes of {source} to {address}: firewall, security group,"
    " the load balancer's scheme (an internal one is reached from its own network only) and its health checks. Verify"
    " with the command above."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each address of the destination's gateways that cannot be connected to."""
    for target, error in refused_connections(view, pair.source, pair.destination):
        yield _finding(view, pair, target, error)


def _finding(view: View, pair: Pair, target: str, error: str) -> Finding:
    address = target.partition(" ")[2]
    return Finding(
        Status.FAIL,
        Scope((pair.destination,), (pair,), network=network(view, pair.destination)),
        say(
            "Pods of {source} cannot connect to {address}, the east-west gateway of {destination}",
            source=pair.source,
            address=address,
            destination=pair.destination,
        ),
        (asked(view, PROBE_CONNECT, pair.source, target, error),),
        detail=say("A pod without a sidecar tried: {error}.", error=error),
        advice=say(ASK, source=pair.source, address=address),
    )


CHECK = Check(
    "MC632",
    "another network's east-west gateway accepts connections",
    Unit.PAIR,
    run,
    guards=(
        with_probe,
        across_networks,
    ),
    leads_to=(Symptom.NO_CONNECTION,),
    caused_by=("MC401", "MC402", "MC403", "MC407"),
    rows=("F13", "E1"),
    guide="T1",
)

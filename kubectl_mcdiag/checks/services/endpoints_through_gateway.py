"""Endpoints on another network are given by the address of their gateway.

A pod address of another network leads nowhere: calls to it time out, or reach a local pod that happens to have that
address. istiod hands it out where it knows no gateway for the endpoint's network, or takes client and endpoint to be
on one network because one of them has none, or the wrong one. An address that a pod of the service near the client has
as well says nothing.

Fix: follow the root cause named above: gateway Service, network label of the namespace, of the workload.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `pilot/pkg/xds/endpoints/ep_filters.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import SHOWN, given_shown, row
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, pods_in, shared
from kubectl_mcdiag.mesh.traffic.connections import answered_directly
from kubectl_mcdiag.mesh.view import View

LOOK = (
    "See what istiod knows of the networks: `istioctl proxy-status`, and the label"
    " topology.istio.io/network of system namespace, gateway Service and pods."
)


def without_answers(view: View, pair: Pair) -> str:
    """Keep the rule to pairs whose pods are not seen to answer each other."""
    answered = answered_directly(view, pair.source, pair.destination)
    return f"pods of {pair.destination} answer those of {pair.source} without a gateway" if answered else ""


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each sampled client that was given pod addresses of another network."""
    for service in shared(view, pair.source, pair.destination):
        for cluster in clusters_of(view, pair.source, client.full_name, service):
            hosts = pods_in(view, pair.source, cluster, service, pair.destination)
            if hosts:
                yield _finding(view, pair, client.full_name, service, cluster, hosts)


def _finding(
    view: View, pair: Pair, client: str, service: str, cluster: EnvoyCluster, hosts: tuple[Host, ...]
) -> Finding:
    here, there = network(view, pair.source), network(view, pair.destination)
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, there, "", client),
        say(
            "The proxy of {client} in {source} calls pods of {service} in {destination} without a gateway",
            client=client,
            source=pair.source,
            service=service,
            destination=pair.destination,
        ),
        (given_shown(view, pair.source, client, *(row(cluster, host) for host in hosts[:SHOWN])),),
        detail=say(
            "Pod addresses on {there} are not reachable from {here}: istiod knows no gateway for {there}, or takes both"
            " for one network.",
            here=here or "no network",
            there=there or "no network",
        ),
        advice=say(LOOK),
    )


CHECK = Check(
    "MC505",
    "endpoints on another network are given by the address of their gateway",
    Unit.PAIR,
    run,
    guards=(across_networks, without_answers),
    symptom=Symptom.POD_ADDRESS,
    leads_to=(Symptom.NO_CONNECTION,),
    guide="T4c",
)

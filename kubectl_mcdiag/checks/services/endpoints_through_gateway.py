"""Endpoints on another network are given by the address of their gateway.

A pod address of another network leads nowhere: calls to it time out, or reach a local pod that happens to have that
address. istiod hands it out where it knows no gateway for the endpoint's network, or takes client and endpoint to be
on one network because one of them has none, or the wrong one.

To mend it: follow the root cause named above: gateway Service, network label of the namespace, of the workload.

Source: Guide T4c; Istio 1.31 `pilot/pkg/xds/endpoints/ep_filters.go`. Catalogue §1.3 truth table.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, given_by, pods_in, subjects
from kubectl_mcdiag.mesh.traffic.ways import answered_directly
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "The proxy of {client} in {source} ({here}) calls pods of {service} in {destination} ({there}) by their own address"
    " {hosts} instead of through a gateway."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each sampled client that was given pod addresses of another network."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    if answered_directly(view, pair.source, pair.destination):
        raise NotApplicable(f"pods of {pair.destination} answer those of {pair.source} without a gateway")
    for client in clients(view, pair.source):
        for service in subjects(view, pair.source, pair.destination):
            for cluster in clusters_of(view, pair.source, client.full_name, service):
                hosts = pods_in(view, cluster, service, pair.destination)
                if hosts:
                    rows = "\n".join(f"{host.address}:{host.port}  {cluster.name}" for host in hosts)
                    yield Finding(
                        Status.FAIL,
                        Scope(
                            (pair.source,),
                            (pair,),
                            service,
                            network(view, pair.destination),
                            "",
                            client.full_name,
                        ),
                        PROBLEM.format(
                            client=client.full_name,
                            source=pair.source,
                            here=network(view, pair.source) or "no network",
                            service=service,
                            destination=pair.destination,
                            there=network(view, pair.destination) or "no network",
                            hosts=", ".join(f"{host.address}:{host.port}" for host in hosts),
                        ),
                        (Evidence(pair.source, str(given_by(view, pair.source, client.full_name)), rows),),
                    )


CHECK = Check(
    "MC505",
    "endpoints on another network are given by the address of their gateway",
    Unit.PAIR,
    run,
    symptom=Symptom.POD_ADDRESS,
    leads_to=(Symptom.NO_CONNECTION,),
    guide="T4c",
)

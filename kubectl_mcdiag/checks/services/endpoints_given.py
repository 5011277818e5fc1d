"""Every client's Envoy was given an endpoint in every other cluster.

The third of three layers, and what Istio's guide looks at first: `istioctl proxy-config endpoint` of a client must
list, besides local pods, a pod of the other cluster (one network) or the address of its east-west gateway (different
networks). Where istiod knows the endpoints and Envoy lacks them, istiod filtered them out: endpoints on another
network that do not accept mutual TLS are dropped without a word.

Fix: follow the root cause named above; if there is none, look at mutual TLS and visibility of the service.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `pilot/pkg/xds/endpoints`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.guards import with_clients
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.proof import SHOWN, given_shown, row
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, hosts_in, pods_in
from kubectl_mcdiag.mesh.services.visibility import callable_services
from kubectl_mcdiag.mesh.view import View

LOOK = (
    "Look at what makes istiod leave endpoints out: mutual TLS of the pods, exportTo of the Service, Sidecar resources."
)


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each sampled client and service without an endpoint in the destination."""
    for service in callable_services(view, pair.source, client, pair.destination):
        found = clusters_of(view, pair.source, client.full_name, service)
        if not found or not all(_reaches(view, pair, cluster, service) for cluster in found):
            yield _finding(view, pair, client, service, found)


def _reaches(view: View, pair: Pair, cluster: EnvoyCluster, service: str) -> bool:
    return bool(
        hosts_in(view, pair.source, cluster, service, pair.destination)
        or pods_in(view, pair.source, cluster, service, pair.destination)
    )


def _finding(view: View, pair: Pair, client: Pod, service: str, found: tuple[EnvoyCluster, ...]) -> Finding:
    rows = [row(cluster, host) for cluster in found for host in cluster.hosts]
    text = "The proxy of {client} in {source} has no endpoint of {service} in {destination}"
    values = {"client": client.full_name, "source": pair.source, "service": service}
    if not found:
        problem = say("The proxy of {client} in {source} does not know {service}", **values)
    else:
        problem = say(text, **values, destination=pair.destination)
    return Finding(
        Status.FAIL,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", client.full_name),
        problem,
        (given_shown(view, pair.source, client.full_name, *(rows[:SHOWN] or [f"(no endpoint of {service})"])),),
        advice=say(LOOK),
    )


CHECK = Check(
    "MC504",
    "every client's Envoy was given an endpoint in every other cluster",
    Unit.PAIR,
    run,
    guards=(with_clients,),
    symptom=Symptom.NOT_GIVEN,
    rows=(),
    guide="T4",
)

"""Every client's Envoy was given an endpoint in every other cluster.

The third of three layers, and what Istio's guide looks at first: `istioctl proxy-config endpoint` of a client must
list, besides local pods, a pod of the other cluster (one network) or the address of its east-west gateway (different
networks). Where istiod knows the endpoints and Envoy lacks them, istiod filtered them out: endpoints on another
network that do not take mutual TLS are dropped without a word.

To mend it: follow the root cause named above; if there is none, look at mutual TLS and visibility of the service.

Source: Guide T4; Istio 1.31 `pilot/pkg/xds/endpoints`. Catalogue §1.3 step 3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, given_by, hosts_in, pods_in
from kubectl_mcdiag.mesh.services.visibility import callable_services
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The proxy of {client} in {source} has no endpoint of {service} in {destination}."
NO_CLUSTER = "The proxy of {client} in {source} does not know {service} at all."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each sampled client and service without an endpoint in the destination."""
    sampled = clients(view, pair.source)
    if not sampled:
        raise NotApplicable(f"{pair.source} has no ready pod with a sidecar to look through")
    for client in sampled:
        for service in callable_services(view, pair.source, client, pair.destination):
            found = clusters_of(view, pair.source, client.full_name, service)
            if not found or not all(_reaches(view, pair, cluster, service) for cluster in found):
                yield _finding(view, pair, client, service, found)


def _reaches(view: View, pair: Pair, cluster: EnvoyCluster, service: str) -> bool:
    return bool(
        hosts_in(view, pair.source, cluster, service, pair.destination)
        or pods_in(view, cluster, service, pair.destination)
    )


def _finding(view: View, pair: Pair, client: Pod, service: str, found: tuple[EnvoyCluster, ...]) -> Finding:
    rows = [f"{h.address}:{h.port}  {h.health}  {c.name}" for c in found for h in c.hosts]
    text = PROBLEM if found else NO_CLUSTER
    return Finding(
        Status.FAIL,
        Scope(
            clusters=(pair.source,),
            pairs=(pair,),
            service=service,
            network=network(view, pair.destination),
            workload=client.full_name,
        ),
        text.format(
            client=client.full_name,
            source=pair.source,
            destination=pair.destination,
            service=service,
        ),
        (
            Evidence(
                pair.source,
                str(given_by(view, pair.source, client.full_name)),
                "\n".join(rows or [f"{c.name}: no endpoint" for c in found]) or f"no cluster for {service}",
            ),
        ),
    )


CHECK = Check(
    "MC504",
    "every client's Envoy was given an endpoint in every other cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_GIVEN,
    rows=(),
    guide="T4",
)

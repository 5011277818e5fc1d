"""Envoy has not ejected the endpoints of the other cluster.

Outlier detection takes an endpoint out after errors, for a while that grows with each time. The gateway of another
cluster is one endpoint to it: a few failing pods there, or a moment without a way, take away the whole cluster.

To mend it: look at what failed there first. `consecutive5xxErrors` and `maxEjectionPercent` say how fast it happens;
without outlier detection the endpoint is used again at once.

Source: Envoy, outlier detection; `istioctl proxy-config endpoint` shows OUTLIER CHECK FAILED. Catalogue D18.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import unset
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, crossing, given_by, hosts_in
from kubectl_mcdiag.mesh.traffic.locality import outlier_rule
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: the proxy of {client} has ejected {hosts}, all its ways to {destination}, after {errors} failed"
    " connections; outlier detection comes from {policy}."
)
UNNAMED = "a setting that was not found"
WHY = "ends the ejection, and outlier detection for this service; set it again once {destination} answers"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service whose endpoints in the destination are all ejected."""
    for client in clients(view, pair.source):
        for service in crossing(view, pair.source, pair.destination):
            for cluster in clusters_of(view, pair.source, client.full_name, service):
                hosts = hosts_in(view, pair.source, cluster, service, pair.destination)
                if hosts and all(host.ejected for host in hosts):
                    yield _finding(view, pair, client.full_name, service, cluster, hosts)


def _finding(
    view: View, pair: Pair, client: str, service: str, cluster: EnvoyCluster, hosts: tuple[Host, ...]
) -> Finding:
    rows = [
        f"{h.address}:{h.port}  OUTLIER CHECK {'FAILED' if h.ejected else 'OK'}  {cluster.name}" for h in cluster.hosts
    ]
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.source,), pairs=(pair,), service=service, workload=client),
        PROBLEM.format(
            service=service,
            client=client,
            hosts=", ".join(f"{host.address}:{host.port}" for host in hosts),
            destination=pair.destination,
            errors=sum(host.connect_failures for host in hosts),
            policy=_policy(view, pair.source, service),
        ),
        (Evidence(pair.source, str(given_by(view, pair.source, client)), "\n".join(rows)),),
        _fix(view, pair, service),
    )


def _policy(view: View, context: str, service: str) -> str:
    found = outlier_rule(view, context, service)
    return f"DestinationRule {found[1].full_name} in {found[0]}" if found else UNNAMED


def _fix(view: View, pair: Pair, service: str) -> tuple[Step, ...]:
    found = outlier_rule(view, pair.source, service)
    if found is None:
        return ()
    plane, rule = found
    return (unset(view, plane, rule, "outlierDetection", WHY.format(destination=pair.destination)),)


CHECK = Check(
    "MC620",
    "Envoy has not ejected the endpoints of the other cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D18",),
    guide="T4",
)

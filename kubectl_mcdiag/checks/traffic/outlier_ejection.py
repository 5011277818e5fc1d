"""Envoy has not ejected the endpoints of the other cluster.

Outlier detection takes an endpoint out after errors, for a while that grows with each time. The gateway of another
cluster is one endpoint to it: a few failing pods there, or a moment without a connection, take away the whole cluster.

Fix: look at what failed there first. `consecutive5xxErrors` and `maxEjectionPercent` say how fast it happens;
without outlier detection the endpoint is used again at once.

Source: Envoy, outlier detection; `istioctl proxy-config endpoint` shows OUTLIER CHECK FAILED.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.fixes import unset
from kubectl_mcdiag.checks.services.proof import SHOWN, given_shown, row
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster, Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, crossing, hosts_in
from kubectl_mcdiag.mesh.traffic.locality import outlier_rule
from kubectl_mcdiag.mesh.view import View

UNNAMED = "a setting that was not found"
WHY = "ends the ejection, and outlier detection for this service; set it again once {destination} answers"
LOOK = "Find out first what failed there: ejection ends by itself once calls to {destination} are answered."


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service whose endpoints in the destination are all ejected."""
    for service in crossing(view, pair.source, pair.destination):
        for cluster in clusters_of(view, pair.source, client.full_name, service):
            hosts = hosts_in(view, pair.source, cluster, service, pair.destination)
            if hosts and all(host.ejected for host in hosts):
                yield _finding(view, pair, client.full_name, service, cluster, hosts)


def _finding(
    view: View, pair: Pair, client: str, service: str, cluster: EnvoyCluster, hosts: tuple[Host, ...]
) -> Finding:
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.source,), pairs=(pair,), service=service, workload=client),
        say(
            "The proxy of {client} has ejected all endpoints of {service} in {destination}",
            service=service,
            client=client,
            destination=pair.destination,
        ),
        (given_shown(view, pair.source, client, *(row(cluster, host) for host in hosts[:SHOWN])),),
        _fix(view, pair, service),
        detail=say(
            "It counted {errors} failed {errors:connection|connections}; outlier detection comes from {policy}.",
            errors=sum(host.connect_failures for host in hosts),
            policy=_policy(view, pair.source, service),
        ),
        advice=say(LOOK, destination=pair.destination),
    )


def _policy(view: View, context: str, service: str) -> str:
    found = outlier_rule(view, context, service)
    return f"DestinationRule {found[1].full_name} in {found[0]}" if found else UNNAMED


def _fix(view: View, pair: Pair, service: str) -> tuple[Step, ...]:
    found = outlier_rule(view, pair.source, service)
    if found is None:
        return ()
    plane, rule = found
    return (unset(view, plane, rule, "outlierDetection", say(WHY, destination=pair.destination)),)


CHECK = Check(
    "MC620",
    "Envoy has not ejected the endpoints of the other cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D18",),
    guide="T4",
)

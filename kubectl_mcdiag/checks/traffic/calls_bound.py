"""Calls of a client are not bound to single endpoints.

A DestinationRule with `consistentHash` sends calls that are alike, by a header, a cookie or the caller's address, to
one endpoint: whoever tries with one client sees one cluster answer, and the other one only with another key. With
`simple: PASSTHROUGH` calls go on to the address they were made for, the ClusterIP, behind which are local pods alone.

Nothing to mend: take the load balancer out of the rule if calls are to be spread.

Source: Istio, "Destination Rule", `LoadBalancerSettings`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import HASH, PASSTHROUGH
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.services.policy import binding
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{service}: DestinationRule {rule} in {plane} {how}."
HOW = {
    HASH: "sends calls that are alike to one endpoint (consistentHash), so that a client may see one cluster answer",
    PASSTHROUGH: "sends calls to the address they were made for (PASSTHROUGH), so that only pods of {source} answer",
}


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose calls a rule binds to single endpoints."""
    for service in subjects(view, pair.source, pair.destination):
        found = binding(view, pair.source, service)
        if found and in_mesh(view, pair.destination, service):
            plane, rule = found
            how = HOW[rule.balancer].format(source=pair.source)
            shown = kubectl(view, plane, "-n", rule.namespace, "get", "destinationrule", rule.name, "-o", "yaml")
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                PROBLEM.format(service=service, rule=rule.full_name, plane=plane, how=how),
                (shows(plane, shown, "loadBalancer:", f"  {rule.balancer}"),),
            )


CHECK = Check(
    "MC617",
    "calls of a client are not bound to single endpoints",
    Unit.PAIR,
    run,
    guide="T2",
)

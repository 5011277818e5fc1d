"""Calls of a client are not bound to single endpoints.

A DestinationRule with `consistentHash` sends calls that are alike, by a header, a cookie or the caller's address, to
one endpoint: whoever tries with one client sees one cluster answer, and the other one only with another key. With
`simple: PASSTHROUGH` calls go on to the address they were made for, the ClusterIP, behind which are only local pods.

Nothing to fix: take the load balancer out of the rule if calls are to be spread.

Source: Istio, "Destination Rule", `LoadBalancerSettings`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import rule_object
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import HASH, PASSTHROUGH
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.services.policy import binding
from kubectl_mcdiag.mesh.view import View

HOW = {
    HASH: "It sends similar calls to one endpoint, so a client may get answers from one cluster only.",
    PASSTHROUGH: "It sends calls to the address they were made for, so only pods of {source} answer.",
}
LINES = {HASH: "consistentHash:", PASSTHROUGH: "simple: PASSTHROUGH"}


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each service whose calls a rule binds to single endpoints."""
    for service in subjects(view, pair.source, pair.destination):
        found = binding(view, pair.source, service)
        if found and in_mesh(view, pair.destination, service):
            plane, rule = found
            yield Finding(
                Status.NOTE,
                Scope(clusters=(plane,), pairs=(pair,), service=service),
                say(
                    "DestinationRule {rule} in {plane} binds calls to {service} to single endpoints ({balancer})",
                    service=service,
                    rule=rule.full_name,
                    plane=plane,
                    balancer=rule.balancer,
                ),
                (object_shown(view, rule_object(plane, rule), "loadBalancer:", f"  {LINES[rule.balancer]}"),),
                detail=say(HOW[rule.balancer], source=pair.source),
            )


CHECK = Check(
    "MC617",
    "calls of a client are not bound to single endpoints",
    Unit.PAIR,
    run,
    guide="T2",
)

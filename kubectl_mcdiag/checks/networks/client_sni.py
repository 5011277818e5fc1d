"""Clients call other networks with the SNI that the gateway expects.

An east-west gateway forwards by SNI, and istiod gives clients the right one. A DestinationRule with `tls.sni` puts
another in its place, which no filter chain of the gateway has: the connection is reset, while local calls work.

To mend it: take `sni` out of the DestinationRule, or the whole of its `tls` where that says nothing else.

Source: Istio 1.31 `pilot/pkg/networking/core/cluster_tls.go`. Catalogue F23.
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.access.identity import crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.policy import destination_rules
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "DestinationRule {rule} in {plane} sets SNI {sni} for calls to {service}, which {destination}'s east-west gateway"
    " does not know."
)
WHY = "lets istiod set the SNI again"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service whose calls to another network carry an SNI of the operator's."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service in crossing(view, pair.source, pair.destination):
        for plane, rule in destination_rules(view, pair.source, service):
            if rule.sni:
                yield _finding(view, pair, service, plane, rule)


def _finding(view: View, pair: Pair, service: str, plane: str, rule: DestinationRule) -> Finding:
    where, kind = ("-n", rule.namespace), "destinationrules.networking.istio.io"
    patch = json.dumps({"spec": {"trafficPolicy": {"tls": {"sni": None}}}})
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,), service, network(view, pair.destination)),
        PROBLEM.format(
            rule=f"{rule.name}.{rule.namespace}",
            plane=plane,
            sni=rule.sni,
            service=service,
            destination=pair.destination,
        ),
        (
            shows(
                plane,
                kubectl(view, plane, *where, "get", kind, rule.name, "-o", "yaml"),
                f"trafficPolicy.tls.sni: {rule.sni}",
            ),
        ),
        (Step(Kind.SAFE, kubectl(view, plane, *where, "patch", kind, rule.name, "--type=merge", "-p", patch), WHY),),
    )


CHECK = Check(
    "MC419",
    "clients call other networks with the SNI that the gateway expects",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    rows=("F23",),
)

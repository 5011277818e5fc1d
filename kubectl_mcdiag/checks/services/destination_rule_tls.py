"""DestinationRules leave mutual TLS as it is where calls cross networks.

A TLS mode in a DestinationRule (DISABLE, SIMPLE, MUTUAL) overrules what istiod finds out by itself. For endpoints on
another network that means: without Istio's mutual TLS no call can pass the gateway, so istiod drops them for clients
that see the rule, and drops those behind its own gateway where the gateway sees it.

To mend it: take the mode out, or set it to ISTIO_MUTUAL.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/mtls_checker.go`; release note 46678. Catalogue D10.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows, unset
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: DestinationRule {rule} in {plane} sets TLS mode {mode} for port {port}; only ISTIO_MUTUAL passes the"
    " gateway of another network."
)
WHY = "leaves TLS of all its ports to Istio, which uses mutual TLS where the other side takes it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each rule whose TLS mode cuts a service off from another network."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service, found, _ in refused(view, pair, Why.RULE):
        for refusal, rule in by_policy(found, DestinationRule):
            yield _finding(view, pair, service, refusal, rule)


def _finding(view: View, pair: Pair, service: str, refusal: Refusal, rule: DestinationRule) -> Finding:
    plane, mode = refusal.plane, rule.tls.of(refusal.port)
    shown = kubectl(view, plane, "-n", rule.namespace, "get", "destinationrule", rule.name, "-o", "yaml")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(service=service, rule=rule.full_name, plane=plane, mode=mode, port=refusal.port),
        (shows(plane, shown, f"host: {rule.host}", "tls:", f"  mode: {mode}"),),
        (unset(view, plane, rule, "tls", WHY),),
    )


CHECK = Check(
    "MC514",
    "DestinationRules leave mutual TLS as it is where calls cross networks",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D10",),
    guide="T4",
)

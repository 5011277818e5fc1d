"""DestinationRules leave mutual TLS as it is where calls cross networks.

A TLS mode in a DestinationRule (DISABLE, SIMPLE, MUTUAL) overrides what istiod detects. For endpoints on another
network that means: without Istio's mutual TLS no call can pass the gateway, so istiod drops them for clients that see
the rule, and drops those behind its own gateway where the gateway sees it.

Fix: take the mode out, or set it to ISTIO_MUTUAL.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/mtls_checker.go`; release note 46678.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import rule_object, unset
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each rule whose TLS mode cuts a service off from another network."""
    for service, found, _ in refused(view, pair, Why.RULE):
        for refusal, rule in by_policy(found, DestinationRule):
            yield _finding(view, pair, service, refusal, rule)


def _finding(view: View, pair: Pair, service: str, refusal: Refusal, rule: DestinationRule) -> Finding:
    plane, mode = refusal.plane, rule.tls.of(refusal.port)
    why = say("leaves TLS of all its ports to Istio, which uses mutual TLS where the other side accepts it")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "DestinationRule {rule} in {plane} sets TLS mode {mode} for port {port} of {service}",
            service=service,
            rule=rule.full_name,
            plane=plane,
            mode=mode,
            port=refusal.port,
        ),
        (object_shown(view, rule_object(plane, rule), f"host: {rule.host}", "tls:", f"  mode: {mode}"),),
        (unset(view, plane, rule, "tls", why),),
        detail=say("Only ISTIO_MUTUAL passes the gateway of another network."),
    )


CHECK = Check(
    "MC514",
    "DestinationRules leave mutual TLS as it is where calls cross networks",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D10",),
    guide="T4",
)

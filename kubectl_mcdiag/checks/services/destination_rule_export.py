"""The east-west gateway sees the DestinationRules that mutual TLS rests on.

Where another policy switches mutual TLS off, a rule of the whole mesh or PeerAuthentication, a DestinationRule with
ISTIO_MUTUAL switches it on again, for those who see it. If it is exported to the clients' namespace only, clients send
mutual TLS to the gateway, and the gateway, which does not see it, has no endpoint: connection reset.

Fix: export the rule to the gateway's namespace too.

Source: istio/istio#38704; Istio 1.31 `EndpointsWithMTLSFilter`.
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import rule_object
from kubectl_mcdiag.checks.steps import Action, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import labelled
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.services.policy import reaches
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each rule that the destination's gateway has to see and does not."""
    for service, found, _ in refused(view, pair, Why.HIDDEN_RULE):
        for refusal, rule in by_policy(found, DestinationRule):
            yield _finding(view, pair, service, refusal, rule)


def _finding(view: View, pair: Pair, service: str, refusal: Refusal, rule: DestinationRule) -> Finding:
    plane, target = refusal.plane, rule_object(refusal.plane, rule)
    gateways = _blind(view, pair.destination, rule)
    new = [*rule.export_to, *gateways]
    operations = replaced(pointer("spec", "exportTo"), list(rule.export_to), new)
    shown = json.dumps(list(rule.export_to), separators=(",", ":"))
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "DestinationRule {rule} in {plane} is not exported to the gateway's namespace {gateways}",
            rule=rule.full_name,
            plane=plane,
            gateways=gateways,
        ),
        (object_shown(view, target, shown, output=("-o", "jsonpath={.spec.exportTo}")),),
        (patch(view, Action.MOVE_TRAFFIC, target, operations, say("makes the rule visible to the gateway")),),
        detail=say(
            "It is exported to {exports}, and mutual TLS of {service} rests on it. A gateway that does not see it has"
            " no endpoint.",
            service=service,
            exports=rule.export_to,
        ),
    )


def _blind(view: View, context: str, rule: DestinationRule) -> tuple[str, ...]:
    """Return the namespaces of east-west gateways that do not see a rule."""
    spaces = {gateway.namespace for gateway in labelled(view, context, network(view, context))}
    return tuple(sorted(space for space in spaces if not reaches(rule.export_to, rule.namespace, space)))


CHECK = Check(
    "MC515",
    "the east-west gateway sees the DestinationRules that mutual TLS rests on",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D11",),
    guide="T4c",
)

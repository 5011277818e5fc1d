"""The east-west gateway sees the DestinationRules that mutual TLS rests on.

Where another policy switches mutual TLS off, a rule of the whole mesh or PeerAuthentication, a DestinationRule with
ISTIO_MUTUAL switches it on again, for those who see it. If it is exported to the clients' namespace alone, clients
send mutual TLS to the gateway, and the gateway, which does not see it, has no endpoint: connection reset.

To mend it: export the rule to the gateway's namespace too.

Source: istio/istio#38704; Istio 1.31 `EndpointsWithMTLSFilter`. Catalogue D11.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, merge_patch, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: its mutual TLS rests on DestinationRule {rule} in {plane}, which is exported to {exports} and not to"
    " {namespace}: the east-west gateway there does not see it and has no endpoint."
)
WHY = "lets the gateway see it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each rule that the destination's gateway has to see and does not."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service, found, _ in refused(view, pair, Why.HIDDEN_RULE):
        for refusal, rule in by_policy(found, DestinationRule):
            yield _finding(view, pair, service, refusal, rule)


def _finding(view: View, pair: Pair, service: str, refusal: Refusal, rule: DestinationRule) -> Finding:
    plane, gateway = refusal.plane, view.settings.istio_namespace
    exports = [*rule.export_to, gateway]
    shown = kubectl(view, plane, "-n", rule.namespace, "get", "destinationrule", rule.name, "-o", "yaml")
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            rule=rule.full_name,
            plane=plane,
            exports=", ".join(rule.export_to),
            namespace=gateway,
        ),
        (shows(plane, shown, f"exportTo: {list(rule.export_to)}", "tls:", "  mode: ISTIO_MUTUAL"),),
        (merge_patch(view, plane, rule.namespace, "destinationrule", rule.name, {"spec": {"exportTo": exports}}, WHY),),
    )


CHECK = Check(
    "MC515",
    "the east-west gateway sees the DestinationRules that mutual TLS rests on",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D11",),
    guide="T4c",
)

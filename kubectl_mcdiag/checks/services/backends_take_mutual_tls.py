"""Mutual TLS is not forced on backends that cannot accept it.

A DestinationRule with mode ISTIO_MUTUAL makes every client in its cluster speak mutual TLS to all endpoints of a
service, those of other clusters too. A pod without a sidecar answers that with nonsense: WRONG_VERSION_NUMBER, or a
reset. Without that rule istiod chooses for each endpoint by itself.

Fix: have the pods injected, and restart them; or take the mode out of the DestinationRule.

Source: Istio 1.31, auto mTLS; `pilot/pkg/xds/endpoints/mtls_checker.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import inject, rule_object
from kubectl_mcdiag.checks.services.proof import containers_shown
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import spread
from kubectl_mcdiag.mesh.services.mutual_tls import MUTUAL, backing, ports
from kubectl_mcdiag.mesh.services.policy import rule_for
from kubectl_mcdiag.mesh.view import View

HOST_NETWORK = (
    "Pods on the host network cannot have a sidecar: take tls out of DestinationRule {rule}, so that istiod chooses for"
    " each endpoint."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service with backends that cannot take the mutual TLS a rule forces on them."""
    for service in spread(view, pair.source, pair.destination):
        bare = tuple(pod for pod in backing(view, pair.destination, service) if not pod.is_injected)
        for plane in control_planes(view, pair.source):
            rule = rule_for(view, plane, service, service.partition(".")[2])
            numbers = (number for number, _ in ports(view, pair.destination, service))
            if bare and rule and any(rule.tls.of(number) == MUTUAL for number in numbers):
                yield _finding(view, pair, service, plane, rule, bare)


def _finding(view: View, pair: Pair, service: str, plane: str, rule: DestinationRule, bare: tuple[Pod, ...]) -> Finding:
    able = tuple(pod for pod in bare if not pod.is_on_host_network)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane, pair.destination), pairs=(pair,), service=service),
        say(
            "DestinationRule {rule} in {plane} forces mutual TLS on pods of {service} without a sidecar",
            service=service,
            rule=rule.full_name,
            plane=plane,
        ),
        (
            object_shown(view, rule_object(plane, rule), "tls:", "  mode: ISTIO_MUTUAL"),
            containers_shown(view, pair.destination, bare[0]),
        ),
        inject(view, pair.destination, able),
        detail=say(
            "{pods} in {context} cannot read what these clients send.",
            pods=tuple(pod.full_name for pod in bare),
            context=pair.destination,
        ),
        advice=NOTHING if able else say(HOST_NETWORK, rule=rule.full_name),
    )


CHECK = Check(
    "MC511",
    "mutual TLS is not forced on backends that cannot accept it",
    Unit.PAIR,
    run,
    caused_by=("MC123", "MC512"),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("D7",),
    guide="T1",
)

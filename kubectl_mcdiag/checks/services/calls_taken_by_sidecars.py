"""Calls to a service pass through the sidecars of its pods.

The annotations `traffic.sidecar.istio.io/excludeInboundPorts` and `includeInboundPorts` of a pod, or
`values.global.proxy` for all pods, choose which ports are led to its Envoy. istiod does not look at them: it takes a
pod with a sidecar for one that speaks mutual TLS. Clients send it to a port that goes past the sidecar as well, and the
application itself gets what it cannot read. Through an east-west gateway there is no other way.

To mend it: take the port out of the setting, and restart the pods.

Source: Istio 1.31 `tools/istio-iptables/pkg/capture/run.go`, `injection-template.yaml`, auto mTLS.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import owner, redirect, redirection_shown
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.interception import Gap, gaps_at_backends
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: port {port} of {owner} in {context} goes past the sidecar ({told}), so that the application"
    " gets the mutual TLS that clients send, which it cannot read."
)
WHY = "leads this port through the sidecar; where the setting comes from your installation's values, correct them too"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each port at which pods of the destination take mutual TLS past their sidecar."""
    for gap in gaps_at_backends(view, pair):
        yield _finding(view, pair, gap)


def _finding(view: View, pair: Pair, gap: Gap) -> Finding:
    context = pair.destination
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), service=gap.service),
        PROBLEM.format(
            service=gap.service,
            port=gap.port,
            owner=owner(gap.pod),
            context=context,
            told=gap.told,
        ),
        (redirection_shown(view, context, gap),),
        redirect(view, context, gap, WHY),
    )


CHECK = Check(
    "MC525",
    "calls to a service pass through the sidecars of its pods",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    guide="T2",
)

"""Calls to a service pass through the sidecars of its pods.

The annotations `traffic.sidecar.istio.io/excludeInboundPorts` and `includeInboundPorts` of a pod, or
`values.global.proxy` for all pods, choose which ports are led to its Envoy. istiod does not look at them: it assumes
that a pod with a sidecar speaks mutual TLS. Clients send it to a port that bypasses the sidecar as well, and the
application itself gets what it cannot read. Through an east-west gateway this always fails.

Fix: take the port out of the setting, and restart the pods.

Source: Istio 1.31 `tools/istio-iptables/pkg/capture/run.go`, `injection-template.yaml`, auto mTLS.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.fixes import redirect, redirection_shown
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.interception import Gap, gaps_at_backends
from kubectl_mcdiag.mesh.view import View

WHY = "sends this port through the sidecar; where the setting comes from your installation's values, correct them too"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each port at which pods of the destination accept mutual TLS past their sidecar."""
    for gap in gaps_at_backends(view, pair):
        yield _finding(view, pair, gap)


def _finding(view: View, pair: Pair, gap: Gap) -> Finding:
    context, made_by = pair.destination, maker(pair.destination, gap.pod)
    return Finding(
        Status.FAIL,
        Scope((context,), (pair,), service=gap.service),
        say(
            "Port {port} of {workload} in {context} bypasses the sidecar",
            port=gap.port,
            workload=f"{made_by.kind}/{made_by.name}",
            context=context,
        ),
        (redirection_shown(view, context, gap),),
        redirect(view, context, gap, say(WHY)),
        detail=say(
            "{setting} excludes it, so the application receives mutual TLS from clients of {service}, which it cannot"
            " read.",
            service=gap.service,
            setting=gap.description,
        ),
    )


CHECK = Check(
    "MC525",
    "calls to a service pass through the sidecars of its pods",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    guide="T2",
)

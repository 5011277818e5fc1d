"""Calls of clients pass through their Envoy.

The annotations `traffic.sidecar.istio.io/excludeOutboundPorts`, `excludeOutboundIPRanges` and
`includeOutboundIPRanges` of a pod, or `values.global.proxy` for all pods, choose what iptables lead to its Envoy. A
call that goes past it is answered by kube-proxy: in plain text, and only by pods of its own cluster, however well
Envoy knows the other one. It is a note where there are such pods, as it was configured, and a failure where there are
none.

Fix: take the port or the range out of the setting, and restart the pods.

Source: Istio 1.31 `tools/istio-iptables/pkg/capture/run.go`, `injection-template.yaml`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.services.fixes import redirect, redirection_shown
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import ready
from kubectl_mcdiag.mesh.services.interception import Gap, gaps_at_clients
from kubectl_mcdiag.mesh.view import View

SILENT = "They reach only pods of {source}, of which none is ready. {setting} of the pod excludes the port."
ANSWERED = "They reach only pods of {source}. {setting} of the pod excludes the port."
WHY = (
    "sends calls to this port through Envoy; where the setting comes from your installation's values, correct them too"
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note, or a failure where no pod answers, for each port that a sampled client calls past its Envoy."""
    for gap in gaps_at_clients(view, pair.source, pair.destination):
        yield _finding(view, pair, gap)


def _finding(view: View, pair: Pair, gap: Gap) -> Finding:
    answered = bool(ready(view, pair.source, gap.service))
    return Finding(
        Status.NOTE if answered else Status.FAIL,
        Scope((pair.source,), (pair,), service=gap.service, workload=gap.pod.full_name),
        say(
            "Calls of {client} in {source} to port {port} of {service} bypass its Envoy",
            service=gap.service,
            client=gap.pod.full_name,
            source=pair.source,
            port=gap.port,
        ),
        (redirection_shown(view, pair.source, gap),),
        () if answered else redirect(view, pair.source, gap, say(WHY)),
        detail=say(ANSWERED if answered else SILENT, source=pair.source, setting=gap.description),
    )


CHECK = Check(
    "MC524",
    "calls of clients pass through their Envoy",
    Unit.PAIR,
    run,
    guide="T2",
)

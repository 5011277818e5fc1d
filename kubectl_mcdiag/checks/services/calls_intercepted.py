"""Calls of clients pass through their Envoy.

The annotations `traffic.sidecar.istio.io/excludeOutboundPorts`, `excludeOutboundIPRanges` and `includeOutboundIPRanges`
of a pod, or `values.global.proxy` for all pods, choose what iptables lead to its Envoy. A call that goes past it is
answered by kube-proxy: in plain text, and by pods of its own cluster alone, however well Envoy knows the other one. It
is a note where there are such pods, as somebody asked for it, and a failure where there are none.

To mend it: take the port or the range out of the setting, and restart the pods.

Source: Istio 1.31 `tools/istio-iptables/pkg/capture/run.go`, `injection-template.yaml`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import redirect, redirection_shown
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import ready
from kubectl_mcdiag.mesh.services.interception import Gap, gaps_at_clients
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: calls of {client} in {source} to port {port} go past its Envoy ({told}) and reach only pods"
    " of {source}{none}."
)
NONE = ", of which none is ready"
WHY = (
    "leads calls to this port through Envoy; where the setting comes from your installation's values, correct them too"
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
        PROBLEM.format(
            service=gap.service,
            client=gap.pod.full_name,
            source=pair.source,
            port=gap.port,
            told=gap.told,
            none="" if answered else NONE,
        ),
        (redirection_shown(view, pair.source, gap),),
        () if answered else redirect(view, pair.source, gap, WHY),
    )


CHECK = Check(
    "MC524",
    "calls of clients pass through their Envoy",
    Unit.PAIR,
    run,
    guide="T2",
)

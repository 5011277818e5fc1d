"""Clusters whose pods are served by ztunnel are judged by what Kubernetes and istiod show of them, and no further.

In ambient mode there is no Envoy beside the workload: which endpoints a client has, and what became of its
connections, only its node's ztunnel knows. mcdiag does not read ztunnels. It judges the configuration that ambient
multi-network rests on, and says of the calls themselves that it could not see them.

Nothing to fix: `istioctl ztunnel-config workload` and `istioctl ztunnel-config certificate` show what is missing here.

Source: Istio 1.31 `istioctl ztunnel-config`; ambient multi-network is alpha.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import from_ztunnel
from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.ambient.enrolment import enrolled
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

REASON = (
    "calls from the {number} pods of {context} that a ztunnel serves ({examples}) were not followed: ztunnel's own view"
    " is not read; see `istioctl --context {context} ztunnel-config workload`"
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Say that calls from ambient pods were not followed; there is never a finding."""
    found = enrolled(view, pair.source)
    examples = ", ".join(pod.full_name for pod in found[:2])
    raise Unavailable(REASON.format(number=len(found), context=pair.source, examples=examples))
    yield


CHECK = Check("MC801", "calls from ambient workloads are followed", Unit.PAIR, run, guards=(from_ztunnel,), guide="T4")

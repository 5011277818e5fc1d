"""Proxies carry the cluster and network that their webhook injects today.

A sidecar is told its cluster and network once, when its pod is made. After a cluster or network got another name the
pods that were not restarted go on under the old one: istiod refuses them certificates, or sends their calls to the
wrong gateway, while the configuration looks right everywhere.

To mend it: restart the workloads that were injected before the change.

Source: Istio 1.31, injection template. Catalogue C5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, restart_owners, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.membership import calls_of, outdated
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{pods} in {context} were injected when {what} of {context} was {old!r}; the webhook has written {new!r} since, and"
    " they were not restarted."
)
WORDS = {"ISTIO_META_CLUSTER_ID": "the name", "ISTIO_META_NETWORK": "the network"}
WHY = "was injected before the change"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each value that pods have from an earlier injection."""
    groups: dict[tuple[str, str, str], list[Pod]] = {}
    for pod, variable, new in outdated(view, context):
        groups.setdefault((variable, pod.environment[variable], new), []).append(pod)
    for (variable, old, new), found in groups.items():
        yield Finding(
            Status.FAIL,
            Scope(clusters=(context,), pairs=calls_of(view, context)),
            PROBLEM.format(
                pods=", ".join(pod.full_name for pod in found), context=context, what=WORDS[variable], old=old, new=new
            ),
            tuple(_shown(view, context, pod, f"{variable}: {old}") for pod in found[:3]),
            restart_owners(view, context, tuple(found), WHY),
        )


def _shown(view: View, context: str, pod: Pod, line: str) -> Evidence:
    return shows(context, kubectl(view, context, "-n", pod.namespace, "get", "pod", pod.name, "-o", "yaml"), line)


CHECK = Check(
    "MC114",
    "proxies carry the cluster and network that their webhook injects today",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("C5",),
)

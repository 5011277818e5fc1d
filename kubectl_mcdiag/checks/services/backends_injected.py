"""Backends that calls from another network are to reach have a sidecar.

Between networks, the east-west gateway finds its way by the server name in mutual TLS. istiod therefore drops every
endpoint on another network whose pod is not labelled `security.istio.io/tlsMode=istio`, as injection does: no log line
and no istioctl command tells of it, and calls stay local.

To mend it: let the pods be injected, and restart them.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/mtls_checker.go`; istio/istio#37258, istio/istio#26517. Catalogue D6.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import inject, kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import TLS_MODE, Refusal, Why, refused
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{service}: {count} in {context} without a sidecar ({names}); calls from another network never reach {them}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service none of whose endpoints in the destination has a sidecar, else a warning."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service, found, is_all in refused(view, pair, Why.NO_SIDECAR):
        yield _finding(view, pair, service, found, Status.FAIL if is_all else Status.WARN)


def _finding(view: View, pair: Pair, service: str, found: tuple[Refusal, ...], status: Status) -> Finding:
    context, pods = pair.destination, tuple(one.pod for one in found)
    which = "all ready pods run" if status is Status.FAIL else f"{len(pods)} of the ready pods run"
    first = pods[0]
    rows = (
        f"{pod.name}  {TLS_MODE}={pod.labels.get(TLS_MODE, '<none>')}  {','.join(pod.containers)}" for pod in pods[:3]
    )
    return Finding(
        status,
        Scope(clusters=(context,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            count=which,
            context=context,
            names=", ".join(pod.name for pod in pods[:3]),
            them="them" if status is Status.WARN or len(pods) > 1 else "it",
        ),
        (shows(context, kubectl(view, context, "-n", first.namespace, "get", "pods", "-L", TLS_MODE), *rows),),
        tuple(dict.fromkeys(step for pod in pods for step in inject(view, context, pod))),
    )


CHECK = Check(
    "MC510",
    "backends that calls from another network are to reach have a sidecar",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    caused_by=("MC123", "MC512"),
    rows=("D6",),
    guide="T4",
)

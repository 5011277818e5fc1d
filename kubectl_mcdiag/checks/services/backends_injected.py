"""Backends that calls from another network are to reach have a sidecar.

Between networks, the east-west gateway forwards by the server name in mutual TLS. istiod therefore drops every
endpoint on another network whose pod is not labelled `security.istio.io/tlsMode=istio`, as injection does: no log line
and no istioctl command says so, and calls stay local. Pods on the host network cannot have a sidecar; the agent of
proxyless gRPC does not set the label.

Fix: have the pods injected, and restart them.

Source: Istio 1.31 `pilot/pkg/xds/endpoints/mtls_checker.go`; istio/istio#37258, istio/istio#26517, istio/istio#55328.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.services.fixes import inject
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import TLS_MODE, Why, backing, refused
from kubectl_mcdiag.mesh.view import View

ALL = "No ready pod of {service} in {context} has a sidecar"
SOME = "{count} of {whole} ready pods of {service} in {context} {count:has|have} no sidecar"
UNLABELLED = "No ready pod of {service} in {context} carries the label {label}=istio"
DROPPED = (
    "istiod gives endpoints on another network only where they accept mutual TLS, so that calls do not reach them."
)
HOST_NETWORK = (
    "{pods} {pods:is|are} on the host network, where Istio injects no sidecar: run them without hostNetwork, or serve"
    " calls from other clusters by other pods"
)
PROXYLESS = (
    "Add the label {label}=istio to the pod template if the servers use gRPC's credentials for mutual TLS; the agent of"
    " proxyless gRPC does not set it"
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service none of whose endpoints in the destination has a sidecar, else a warning."""
    for service, found, is_all in refused(view, pair, Why.NO_SIDECAR):
        pods = tuple(one.pod for one in found)
        yield _finding(view, pair, service, pods, Status.FAIL if is_all else Status.WARN)


def _finding(view: View, pair: Pair, service: str, pods: tuple[Pod, ...], status: Status) -> Finding:
    context = pair.destination
    able = tuple(pod for pod in pods if not pod.is_on_host_network and not pod.is_proxyless)
    rows = (f"{pod.name}  {pod.labels.get(TLS_MODE, '')}".rstrip() for pod in pods[:3])
    return Finding(
        status,
        Scope(clusters=(context,), pairs=(pair,), service=service),
        _problem(view, context, service, pods, status),
        (listed_shown(view, context, pods[0].namespace, ("pods", "-L", TLS_MODE), *rows),),
        inject(view, context, able),
        detail=say(DROPPED),
        advice=_advice(pods),
    )


def _problem(view: View, context: str, service: str, pods: tuple[Pod, ...], status: Status) -> Message:
    if all(pod.is_injected for pod in pods) and status is Status.FAIL:
        return say(UNLABELLED, service=service, context=context, label=TLS_MODE)
    if status is Status.FAIL:
        return say(ALL, service=service, context=context)
    whole = len(backing(view, context, service))
    return say(SOME, service=service, context=context, count=len(pods), whole=whole)


def _advice(pods: tuple[Pod, ...]) -> Message:
    rooted = tuple(pod.name for pod in pods if pod.is_on_host_network)
    if rooted:
        return say(HOST_NETWORK + ".", pods=rooted)
    return say(PROXYLESS + ".", label=TLS_MODE) if any(pod.is_proxyless for pod in pods) else NOTHING


CHECK = Check(
    "MC510",
    "backends that calls from another network are to reach have a sidecar",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    caused_by=("MC123", "MC512"),
    rows=("D6",),
    guide="T4",
)

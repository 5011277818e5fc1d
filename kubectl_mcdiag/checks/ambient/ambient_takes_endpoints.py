"""Sidecars keep the endpoints of other clusters where ambient multi-network is switched on.

With `AMBIENT_ENABLE_MULTI_NETWORK=true` istiod applies the scope of services to every proxy, sidecars included: one
that is not global (label `istio.io/global=true`) loses the endpoints of all other clusters, and a mesh of sidecars
that worked answers only locally from the day somebody prepares it for ambient.

To mend it: switch it off until ambient is used; or label the services global in all clusters, before switching it on.

Source: istio/istio#61713, istio/istio#60609, istio/istio#60343; Istio 1.28.1 to 1.31. Catalogue H10.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import make_global
from kubectl_mcdiag.checks.contract import AnyStep, Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.remedies import owner, shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, control_planes
from kubectl_mcdiag.mesh.ambient.enrolment import FLAG, is_global, switches, ztunnels
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "istiod of {plane} has AMBIENT_ENABLE_MULTI_NETWORK=true, so that sidecars are given other clusters' endpoints"
    " only for global services; {services} {are} not."
)
SWITCHES_OFF = "restarts istiod without ambient multi-network, which nothing in {plane} uses; mend your Helm values too"
LABELS = "makes {service} global in {context}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where it is on and services with sidecars are not global."""
    if not clients(view, pair.source):
        raise NotApplicable(f"{pair.source} has no ready pod with a sidecar")
    on = [pod for pod, is_on in switches(view, pair.source) if is_on]
    bare = tuple(
        service
        for service in crossing(view, pair.source, pair.destination)
        if on and not is_global(view, pair.source, pair.destination, service)
    )
    if bare:
        yield _finding(view, pair, on[0], bare)


def _finding(view: View, pair: Pair, pod: Pod, bare: tuple[str, ...]) -> Finding:
    plane = control_planes(view, pair.source)[0]
    are = "is" if len(bare) == 1 else "are"
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,)),
        PROBLEM.format(plane=plane, services=", ".join(bare), are=are),
        (shows(plane, system(view, plane, "get", "pod", pod.name, "-o", "yaml"), f"{FLAG}: true"),),
        _steps(view, pair, pod, bare),
    )


def _steps(view: View, pair: Pair, pod: Pod, bare: tuple[str, ...]) -> tuple[AnyStep, ...]:
    plane = control_planes(view, pair.source)[0]
    if not ztunnels(view, plane):
        off = system(view, plane, "set", "env", owner(pod), f"{FLAG}-")
        return (Step(Kind.DISRUPTIVE, off, SWITCHES_OFF.format(plane=plane)),)
    return tuple(
        make_global(view, context, service, say(LABELS, service=service, context=context))
        for service in bare
        for context in (pair.source, pair.destination)
    )


CHECK = Check(
    "MC805",
    "sidecars keep the endpoints of other clusters where ambient multi-network is on",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("H10",),
    guide="T4",
)

"""Sidecars keep the endpoints of other clusters where ambient multi-network is switched on.

With `AMBIENT_ENABLE_MULTI_NETWORK=true` istiod applies the scope of services to every proxy, sidecars included: one
that is not global (label `istio.io/global=true`) loses the endpoints of all other clusters, and a mesh of sidecars
that worked answers only locally from the day it is prepared for ambient mode.

Fix: switch it off until ambient is used; or label the services global in all clusters, before switching it on.

Source: istio/istio#61713, istio/istio#60609, istio/istio#60343; Istio 1.28.1 to 1.31.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.fixes import is_labelled, make_global
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker, set_environment
from kubectl_mcdiag.checks.guards import with_clients
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.proof import object_shown, variable
from kubectl_mcdiag.checks.steps import Object, Step, wait
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.ambient.enrolment import FLAG, is_global, switches, ztunnels
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod of {plane} gives sidecars other clusters' endpoints of global services only"
DETAIL = "It has AMBIENT_ENABLE_MULTI_NETWORK=true, and {services} {services:is|are} not global."
ADVICE = (
    "The services are labelled istio.io/global=true already, and no entry of `meshConfig.serviceScopeConfigs` of"
    " {plane} selects that label: add the one of Istio's ambient profile."
)
SWITCHES_OFF = (
    "no ztunnel of {plane} uses ambient multi-network; take it out of the values of your installation as well"
)
LABELS = "makes {service} global in {context}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where it is on and services with sidecars are not global."""
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
    fix = _global(view, pair, bare) if ztunnels(view, plane) else _off(view, plane, pod)
    return Finding(
        Status.FAIL,
        Scope((plane,), (pair,)),
        say(PROBLEM, plane=plane),
        (object_shown(view, Object(plane, "pod", pod.name, pod.namespace), *variable(FLAG, "true")),),
        fix,
        say(DETAIL, services=bare),
        NOTHING if fix else say(ADVICE, plane=plane),
    )


def _off(view: View, plane: str, pod: Pod) -> tuple[Step, ...]:
    target = maker(plane, pod)
    return set_environment(view, target, (f"{FLAG}-",), say(SWITCHES_OFF, plane=plane)), wait(view, target)


def _global(view: View, pair: Pair, bare: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(
        make_global(view, context, service, say(LABELS, service=service, context=context))
        for service in bare
        for context in (pair.source, pair.destination)
        if not is_labelled(view, context, service)
    )


CHECK = Check(
    "MC805",
    "sidecars keep the endpoints of other clusters where ambient multi-network is on",
    Unit.PAIR,
    run,
    guards=(with_clients,),
    leads_to=(Symptom.NOT_GIVEN,),
    rows=("H10",),
    guide="T4",
)

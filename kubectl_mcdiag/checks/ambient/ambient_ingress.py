"""Ingress gateways of an ambient mesh use the backends of other clusters.

With `AMBIENT_ENABLE_MULTI_NETWORK_INGRESS` unset (its default up to Istio 1.31) an ingress gateway calls only the
backends of its own cluster, although workloads call those of all. That looks like a broken mesh, but is a setting.

Nothing to fix: set it to true in istiod, if ingress traffic is to cross clusters.

Source: Istio 1.31 `pilot/pkg/features/ambient.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import ztunnels_meet
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown, variable
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import NETWORK, control_planes, proxies, services, services_of
from kubectl_mcdiag.mesh.ambient.enrolment import switches
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

INGRESS = "AMBIENT_ENABLE_MULTI_NETWORK_INGRESS"
PROBLEM = "Ingress gateways of {context} call only backends of their own cluster"
DETAIL = "{names} {names:is one|are such}. istiod of {plane} has {switch}={value}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note where a cluster has ingress gateways and the switch is off."""
    plane = control_planes(view, pair.source)[0]
    names = tuple(_ingress(view, pair.source))
    off = [pod for pod, is_on in switches(view, pair.source) if is_on and pod.environment.get(INGRESS) != "true"]
    if names and off:
        value = off[0].environment.get(INGRESS, "")
        target = Object(plane, "pod", off[0].name, off[0].namespace)
        yield Finding(
            Status.NOTE,
            Scope((plane,), (pair,)),
            say(PROBLEM, context=pair.source),
            (object_shown(view, target, *variable(INGRESS, value)),),
            detail=say(DETAIL, names=names, plane=plane, switch=INGRESS, value=value or "unset"),
        )


def _ingress(view: View, context: str) -> Iterator[str]:
    for pod in proxies(view, context):
        behind = services_of(view, context, pod)
        if pod.is_gateway and not any(NETWORK in services(view, context)[name].labels for name in behind):
            yield pod.full_name


CHECK = Check(
    "MC812",
    "ingress gateways of an ambient mesh use the backends of other clusters",
    Unit.PAIR,
    run,
    guards=(ztunnels_meet,),
    rows=("H16",),
    guide="T2",
)

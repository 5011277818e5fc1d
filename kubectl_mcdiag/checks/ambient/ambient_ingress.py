"""Ingress gateways of an ambient mesh use the backends of other clusters.

With `AMBIENT_ENABLE_MULTI_NETWORK_INGRESS` unset (its default up to Istio 1.31) an ingress gateway calls only the
backends of its own cluster, although workloads call those of all. That looks like a broken mesh and is a switch.

Nothing to mend: set it to true in istiod, if ingress traffic is to cross clusters.

Source: Istio 1.31 `pilot/pkg/features/ambient.go`. Catalogue H16.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import NETWORK, control_planes, proxies, services, services_of
from kubectl_mcdiag.mesh.ambient.enrolment import switches, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

INGRESS = "AMBIENT_ENABLE_MULTI_NETWORK_INGRESS"
PROBLEM = "Ingress gateways of {context} ({names}) call only its own backends: istiod has {switch}={value}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note where a cluster has ingress gateways and the switch is off."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    plane = control_planes(view, pair.source)[0]
    names = ", ".join(_ingress(view, pair.source))
    off = [pod for pod, is_on in switches(view, pair.source) if is_on and pod.environment.get(INGRESS) != "true"]
    if names and off:
        value = off[0].environment.get(INGRESS, "unset")
        yield Finding(
            Status.NOTE,
            Scope((plane,), (pair,)),
            PROBLEM.format(context=pair.source, names=names, switch=INGRESS, value=value),
            (shows(plane, system(view, plane, "get", "pod", off[0].name, "-o", "yaml"), f"{INGRESS}: {value}"),),
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
    rows=("H16",),
    guide="T2",
)

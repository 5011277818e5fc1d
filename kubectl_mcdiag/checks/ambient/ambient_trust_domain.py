"""ztunnels of all clusters are of one trust domain.

A ztunnel accepts the identities of its own trust domain only: with different ones every call across ends in "peer did
not present the expected SAN". Aliases, which help sidecars, are not read by ztunnels.

Fix: give all clusters the same `trustDomain` in their mesh configuration, and restart istiod and the workloads.

Source: istio/istio#58427, istio/istio#61608.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import both_ambient
from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes, mesh_map
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = "ztunnels of {one} and {other} have different trust domains, {here} and {there}"
DETAIL = (
    "A ztunnel accepts identities of its own trust domain only, whatever aliases there are: they refuse each other."
)
ADVICE = (
    "Set one `meshConfig.trustDomain` in the installations of {planes}, then restart istiod, ztunnel and the workloads"
    " of the cluster where it changes. AuthorizationPolicies there that name principals need the new trust domain as"
    " well."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the trust domains of two ambient clusters differ."""
    both = tuple(sorted((pair.source, pair.destination), key=view.contexts.index))
    here, there = (mesh_of(view, context).trust_domain for context in both)
    if here != there:
        planes = tuple(control_planes(view, context)[0] for context in both)
        yield Finding(
            Status.FAIL,
            Scope(planes, (pair,)),
            say(PROBLEM, one=both[0], other=both[1], here=here, there=there),
            tuple(_shown(view, plane, domain) for plane, domain in zip(planes, (here, there), strict=True)),
            detail=say(DETAIL),
            advice=say(ADVICE, planes=planes),
        )


def _shown(view: View, plane: str, domain: str) -> Evidence:
    target = Object(plane, "configmap", mesh_map(view, plane).name, view.settings.istio_namespace)
    return object_shown(view, target, f"trustDomain: {domain}")


CHECK = Check(
    "MC811",
    "ztunnels of all clusters are of one trust domain",
    Unit.PAIR,
    run,
    guards=(both_ambient,),
    rows=("H12",),
)

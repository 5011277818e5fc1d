"""ztunnels of all clusters are of one trust domain.

A ztunnel accepts the identities of its own trust domain only: with different ones every call across ends in "peer did
not present the expected SAN". Aliases, which help sidecars, are not read by ztunnels.

To mend it: give all clusters the same `trustDomain` in their mesh configuration, and restart istiod and the workloads.

Source: istio/istio#58427, istio/istio#61608. Catalogue H12.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.ambient.enrolment import is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{one}'s ztunnels are of trust domain {here} and {other}'s of {there}: they refuse each other."
WHY = "trustDomain: {there}, as in {other}; then restart istiod, ztunnel and the workloads"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the trust domains of two ambient clusters differ."""
    both = tuple(sorted((pair.source, pair.destination), key=view.contexts.index))
    if not all(is_ambient(view, context) for context in both):
        raise NotApplicable(f"{pair.source} and {pair.destination} do not both use ambient mode")
    here, there = (mesh_of(view, context).trust_domain for context in both)
    if here != there:
        planes = [control_planes(view, context)[0] for context in both]
        yield Finding(
            Status.FAIL,
            Scope(tuple(planes), (pair,)),
            PROBLEM.format(one=both[0], other=both[1], here=here, there=there),
            tuple(
                shows(plane, system(view, plane, "get", "configmap", "istio", "-o", "yaml"), f"trustDomain: {domain}")
                for plane, domain in zip(planes, (here, there), strict=True)
            ),
            (
                Step(
                    Kind.NEEDS_INPUT,
                    system(view, planes[0], "edit", "configmap", "istio"),
                    WHY.format(there=there, other=both[1]),
                ),
            ),
        )


CHECK = Check(
    "MC811",
    "ztunnels of all clusters are of one trust domain",
    Unit.PAIR,
    run,
    rows=("H12",),
)

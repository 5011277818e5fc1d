"""A service has the same waypoint in every cluster.

A waypoint enforces the policies of a service for whoever calls it. Where one cluster names a waypoint by the label
`istio.io/use-waypoint` and another does not, calls across clusters skip the policies, or fail at a waypoint that the
caller does not know.

To mend it: name the same waypoint in every cluster, deploy it there and label its Service `istio.io/global=true`.

Source: istio/istio#60985. Catalogue H8.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import namespaces, services
from kubectl_mcdiag.mesh.ambient.enrolment import shared, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

WAYPOINT = "istio.io/use-waypoint"
PROBLEM = "{service} has waypoint {here} in {one} and {there} in {other}: calls across skip it or fail at it."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for each shared service whose waypoints differ."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    for service in shared(view, pair.source, pair.destination):
        named = {context: _waypoint(view, context, service) for context in (one, other)}
        if named[one] != named[other]:
            yield _finding(view, pair, service, named)


def _waypoint(view: View, context: str, service: str) -> str:
    found = services(view, context)[service]
    by_namespace = {space.name: space.labels.get(WAYPOINT, "") for space in namespaces(view, context)}
    return found.labels.get(WAYPOINT, by_namespace.get(found.namespace, "")) or "none"


def _finding(view: View, pair: Pair, service: str, named: dict[str, str]) -> Finding:
    name, _, namespace = service.partition(".")
    (one, here), (other, there) = named.items()
    wanted, lacking = (there, one) if here == "none" else (here, other)
    label = kubectl(view, lacking, "-n", namespace, "label", "--overwrite", "service", name, f"{WAYPOINT}={wanted}")
    return Finding(
        Status.WARN,
        Scope((one, other), (pair,), service),
        PROBLEM.format(service=service, here=here, there=there, one=one, other=other),
        tuple(
            shows(
                context,
                kubectl(view, context, "-n", namespace, "get", "service", name, "--show-labels"),
                f"{WAYPOINT}: {value}",
            )
            for context, value in named.items()
        ),
        (
            Step(
                Kind.DISRUPTIVE, label, f"sends calls to {service} in {lacking} through a waypoint, which must be there"
            ),
        ),
    )


CHECK = Check(
    "MC808",
    "a service has the same waypoint in every cluster",
    Unit.PAIR,
    run,
    rows=("H8",),
)

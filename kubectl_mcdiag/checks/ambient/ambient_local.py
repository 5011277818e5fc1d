"""Services of ambient workloads are not of local scope.

In ambient multi-network every service stays inside its cluster until somebody labels it `istio.io/global=true` in all
of them. A service that is labelled nowhere looks like a broken mesh and is what was asked for.

Nothing to mend: label the Service in every cluster, if calls are to cross.

Source: Istio 1.31, mesh configuration `serviceScopeConfigs`, scope LOCAL by default. Catalogue L8.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.ambient.enrolment import GLOBAL, is_global, shared, tunnels_across
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{service} stays inside each cluster: its scope is LOCAL, for no cluster labels it istio.io/global=true."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a note for each shared service that no cluster makes global."""
    if not tunnels_across(view, pair.source, pair.destination):
        raise NotApplicable(f"no ztunnels of {pair.source} and {pair.destination} meet across networks")
    for service in shared(view, pair.source, pair.destination):
        labelled = [c for c in (pair.source, pair.destination) if GLOBAL in services(view, c)[service].labels]
        if not labelled and not is_global(view, pair.source, pair.destination, service):
            name, _, namespace = service.partition(".")
            command = kubectl(view, pair.source, "-n", namespace, "get", "service", name, "--show-labels")
            yield Finding(
                Status.NOTE,
                Scope((pair.source, pair.destination), (pair,), service),
                PROBLEM.format(service=service),
                (shows(pair.source, command, f"no label {GLOBAL}"),),
            )


CHECK = Check(
    "MC810",
    "services of ambient workloads are not of local scope",
    Unit.PAIR,
    run,
    rows=("L8",),
    guide="T2",
)

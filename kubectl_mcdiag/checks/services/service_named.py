"""Services that were named exist.

A SERVICE on the command line is `name`, `name.namespace` or the full host. One that no cluster has is misspelt, in
another namespace, or gone everywhere; nothing else can be said of it.

Fix: name it as `kubectl get services -A` shows it, or create it.

Source: `kubectl mcdiag check --help`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.steps import kubectl
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import matches
from kubectl_mcdiag.mesh.view import View


def run(view: View) -> Iterator[Finding]:
    """Yield a failure for each service that was named and that no cluster has."""
    if not view.settings.services:
        raise NotApplicable("no service was named")
    everything = {name: found for context in view.contexts for name, found in services(view, context).items()}
    for wanted in view.settings.services:
        if not any(matches(wanted, found, view.settings.namespace) for found in everything.values()):
            alike = sorted(name for name in everything if name.startswith(f"{wanted.partition('.')[0]}."))
            yield _finding(view, wanted, tuple(alike))


def _finding(view: View, wanted: str, alike: tuple[str, ...]) -> Finding:
    pairs = tuple(Pair(one, other) for one in view.contexts for other in view.contexts if one != other)
    advice = say("Name the Service as `kubectl get services -A` shows it, or create it in the clusters that call it.")
    if alike:
        advice = say("Name {alike} if that is the one you mean, or create the Service.", alike=alike)
    return Finding(
        Status.FAIL,
        Scope(clusters=view.contexts, pairs=pairs),
        say("No cluster has a Service {wanted}", wanted=wanted),
        tuple(
            shown(context, kubectl(view, context, "get", "services", "-A"), f"(no row for {wanted})")
            for context in view.contexts
        ),
        detail=say("Of that name there {alike:is|are} {alike}.", alike=alike) if alike else say(""),
        advice=advice,
    )


CHECK = Check(
    "MC509",
    "services that were named exist",
    Unit.MESH,
    run,
    rows=("D1",),
    guide="T0",
)

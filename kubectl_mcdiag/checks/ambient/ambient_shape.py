"""Ambient mode is used across clusters in a shape that Istio supports.

Ambient across clusters is for primaries, each on a network of its own. On one network, or with a remote cluster that
another one's istiod serves, Istio neither supports nor tests it: calls may stay local or fail.

Fix: give each cluster an istiod and a network of its own, or use sidecars across clusters.

Source: Istio, "Ambient multicluster" (alpha).
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.ambient.guards import both_ambient
from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import is_primary, network, role, system_namespace
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

ONE_NETWORK = "Ambient workloads of {one} and {other} are on one network ({network})"
APART = "Istio supports ambient mode across clusters between networks only, and does not test it on one."
ADVICE_APART = "Give each cluster a network of its own with an east-west gateway for ztunnels, or use sidecars there."
REMOTE = "{context} has ambient workloads and is {role}"
PRIMARIES = "Istio supports ambient mode across clusters between primary clusters only."
ADVICE_PRIMARIES = "Install istiod in {context} as a primary of the mesh, or use sidecars there."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for ambient clusters on one network, or one without an istiod."""
    both = (pair.source, pair.destination)
    for context in both:
        if not is_primary(view, context):
            problem, advice = (
                say(REMOTE, context=context, role=role(view, context)),
                say(ADVICE_PRIMARIES, context=context),
            )
            yield _finding(view, pair, context, (problem, say(PRIMARIES), advice))
    names = {network(view, context) for context in both}
    if len(names) == 1:
        one, other = sorted(both, key=view.contexts.index)
        problem = say(ONE_NETWORK, one=one, other=other, network=names.pop() or "unnamed")
        yield _finding(view, pair, one, (problem, say(APART), say(ADVICE_APART)))


def _finding(view: View, pair: Pair, context: str, said: tuple[Message, Message, Message]) -> Finding:
    problem, detail, advice = said
    found = system_namespace(view, context)
    labels = ",".join(f"{key}={value}" for key, value in found.labels.items())
    shown = object_shown(view, Object(context, "namespace", found.name), labels, output=("--show-labels",))
    return Finding(Status.WARN, Scope((context,), (pair,)), problem, (shown,), detail=detail, advice=advice)


CHECK = Check(
    "MC806",
    "ambient mode is used across clusters in a shape that Istio supports",
    Unit.PAIR,
    run,
    guards=(both_ambient,),
    rows=("H11",),
)

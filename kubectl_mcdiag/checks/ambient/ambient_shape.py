"""Ambient mode is used across clusters in a shape that Istio supports.

Ambient across clusters is for primaries, each on a network of its own. On one network, or with a remote cluster that
another one's istiod serves, Istio neither supports nor tests it: calls may stay local or fail.

To mend it: give each cluster an istiod and a network of its own, or use sidecars across clusters.

Source: Istio, "Ambient multicluster" (alpha). Catalogue H11.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import is_primary, network, role, system_namespace
from kubectl_mcdiag.mesh.ambient.enrolment import is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

ONE_NETWORK = "Ambient workloads of {one} and {other} are on one network ({network}), which is not supported."
REMOTE = "{context} has ambient workloads and is {role}; ambient across clusters is supported between primaries only."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for ambient clusters on one network, or one without an istiod."""
    both = (pair.source, pair.destination)
    if not all(is_ambient(view, context) for context in both):
        raise NotApplicable(f"{pair.source} and {pair.destination} do not both use ambient mode")
    for context in both:
        if not is_primary(view, context):
            yield _finding(view, pair, context, REMOTE.format(context=context, role=role(view, context)))
    names = {network(view, context) for context in both}
    if len(names) == 1:
        one, other = sorted(both, key=view.contexts.index)
        text = ONE_NETWORK.format(one=one, other=other, network=names.pop() or "unnamed")
        yield _finding(view, pair, one, text)


def _finding(view: View, pair: Pair, context: str, problem: str) -> Finding:
    name = system_namespace(view, context).name
    command = kubectl(view, context, "get", "namespace", name, "--show-labels")
    labels = ",".join(f"{k}={v}" for k, v in system_namespace(view, context).labels.items())
    return Finding(Status.WARN, Scope((context,), (pair,)), problem, (shows(context, command, labels),))


CHECK = Check(
    "MC806",
    "ambient mode is used across clusters in a shape that Istio supports",
    Unit.PAIR,
    run,
    rows=("H11",),
)

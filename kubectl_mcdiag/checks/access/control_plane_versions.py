"""The istiods of all clusters are at most one minor version apart.

Every istiod serves its own proxies with endpoints of all clusters. Two minor versions apart they may differ in what
they make of them: which gateways count, which endpoints are left out, how a remote secret is read.

Fix: upgrade the older one, one minor version at a time.

Source: Istio, "Supported releases"; release notes of each version.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import istiods_shown
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.access.versions import minor
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod is {older} in {one} and {newer} in {other}, {apart} minor versions apart"
DETAIL = (
    "Each of them makes its own configuration of the endpoints of both clusters. Versions that far apart are not tested"
    " together, and can differ in which gateways and endpoints they use."
)
ADVICE = (
    "Upgrade {one} one minor version at a time, best by a revision beside the one that runs: install it, move the"
    " namespaces to it, restart their workloads, then remove the old revision. `istioctl version` shows the result."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for two clusters whose istiods are two or more minor versions apart."""
    found = {
        context: max(istiods(view, context), key=minor, default=None) for context in (pair.source, pair.destination)
    }
    by_age = sorted(((minor(pod), context, pod.version) for context, pod in found.items() if pod and minor(pod)))
    if len(by_age) < 2 or by_age[1][0] - by_age[0][0] < 2:
        return
    (oldest, one, older), (newest, other, newer) = by_age
    yield Finding(
        Status.WARN,
        Scope(clusters=(one,), pairs=(pair,)),
        say(PROBLEM, older=older, one=one, newer=newer, other=other, apart=newest - oldest),
        tuple(
            istiods_shown(view, context, f"image: …/pilot:{version}")
            for context, version in ((one, older), (other, newer))
        ),
        detail=say(DETAIL),
        advice=say(ADVICE, one=one),
    )


CHECK = Check(
    "MC121",
    "the istiods of all clusters are at most one minor version apart",
    Unit.PAIR,
    run,
    rows=("I1",),
)

"""Proxies are at most one minor version behind their istiod, and never ahead of it.

istiod speaks to proxies of its own minor version and the one before. Further apart, a proxy can refuse what it is
sent or understand it otherwise, and what breaks differs from version to version.

To mend it: restart the workloads, so that they are injected with the version of today.

Source: Istio, "Supported releases", control plane and data plane skew; `/debug/syncz` field `istio_version`.
Catalogue I1.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import asked, restart_owner
from kubectl_mcdiag.evidence.commands import SYNCZ
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.access.versions import Strayed, strayed
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Proxies in {context} are of version {version} ({names}), and their istiod {istiod} is {own}: {far}."
AHEAD, BEHIND = "they are ahead of it", "that is {apart} minor versions behind"
WHY = "injects it with the proxy of its istiod"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning for each version of proxies that is too far from their istiod's."""
    for found in strayed(view, context):
        yield _finding(view, context, found)


def _finding(view: View, context: str, found: Strayed) -> Finding:
    rows = (f"{name}  istio_version {found.version}" for name in found.proxies[:3])
    return Finding(
        Status.WARN,
        Scope(clusters=(context,), pairs=tuple(Pair(context, other) for other in view.contexts if other != context)),
        PROBLEM.format(
            context=context,
            version=found.version,
            names=", ".join(found.proxies[:3]),
            istiod=f"{found.istiod.name} in {found.plane}",
            own=found.istiod.version,
            far=AHEAD if found.apart < 0 else BEHIND.format(apart=found.apart),
        ),
        (asked(view, SYNCZ, found.plane, found.istiod.full_name, *rows),),
        _fix(view, context, found),
    )


def _fix(view: View, context: str, found: Strayed) -> tuple[Step, ...]:
    affected = [pod for pod in pods(view, context) if pod.full_name in found.proxies]
    return tuple(dict.fromkeys(step for pod in affected for step in restart_owner(view, context, pod, WHY)))


CHECK = Check(
    "MC120",
    "proxies are at most one minor version behind their istiod, and never ahead of it",
    Unit.CLUSTER,
    run,
    rows=("I1",),
)

"""Proxies are at most one minor version behind their istiod, and never ahead of it.

istiod supports proxies of its own minor version and of the one before. Further apart, a proxy can reject what it is
sent or understand it otherwise, and what breaks differs from version to version.

Fix: restart the workloads, so that they are injected with the version of their istiod.

Source: Istio, "Supported releases", control plane and data plane skew; `/debug/syncz` field `istio_version`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.fixes import restart_pods
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.evidence.commands import SYNCZ
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.access.versions import Strayed, strayed
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Proxies in {context} have version {version}, and their istiod {own}"
AHEAD = "{names} {names:is|are} ahead of {istiod}, and can reject what it sends."
BEHIND = "{names} {names:is|are} {apart} minor versions behind {istiod}; it supports one."
WHY = say("new pods are injected with the proxy version of their istiod")
SHOWN = 3


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning for each version of proxies that is too far from their istiod's."""
    for found in strayed(view, context):
        yield _finding(view, context, found)


def _finding(view: View, context: str, found: Strayed) -> Finding:
    rows = (f"{name}  istio_version {found.version}" for name in found.proxies[:SHOWN])
    affected = [pod for pod in pods(view, context) if pod.full_name in found.proxies]
    return Finding(
        Status.WARN,
        Scope(clusters=(context,), pairs=tuple(Pair(context, other) for other in view.contexts if other != context)),
        say(PROBLEM, context=context, version=found.version, own=found.istiod.version),
        (asked(view, SYNCZ, found.plane, found.istiod.full_name, *rows),),
        restart_pods(view, context, affected, WHY),
        _detail(found),
    )


def _detail(found: Strayed) -> Message:
    istiod = f"{found.istiod.name} in {found.plane}"
    if found.apart < 0:
        return say(AHEAD, names=found.proxies, istiod=istiod)
    return say(BEHIND, names=found.proxies, istiod=istiod, apart=found.apart)


CHECK = Check(
    "MC120",
    "proxies are at most one minor version behind their istiod, and never ahead of it",
    Unit.CLUSTER,
    run,
    rows=("I1",),
)

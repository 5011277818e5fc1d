"""Proxies accept what istiod sends them.

A proxy that refuses one kind of its configuration keeps the last good one: from then on new endpoints, gateways and
certificates' policies do not reach it, and calls fail only later, when something changes. A common reason is an
EnvoyFilter that does not fit this version.

Fix: read the refusal; where it names what an EnvoyFilter adds, correct or delete that EnvoyFilter.

Source: Istio 1.31 `/debug/syncz`, `lastError`; `istioctl proxy-status` says STALE or ERROR.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.steps import kubectl, look
from kubectl_mcdiag.evidence.commands import SYNCZ
from kubectl_mcdiag.evidence.parsers.istiod.syncz import ConnectedProxy, Stream
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.access.versions import refusing
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrance_pods
from kubectl_mcdiag.mesh.view import View

REFUSED = "Proxies in {context} reject the {kind} that {plane}'s istiod sends"
SLOW = "Proxies in {context} have not taken the {kind} that {plane}'s istiod sent"
ERROR = "{names} {names:keeps|keep} the last good configuration; {istiod} has the error: {error}"
SENT = "{istiod} sent it at {sent} to {names}."
WHY_LIST = say("shows the EnvoyFilters, the usual reason for configuration that proxies reject")
CORRECT = (
    "Correct or delete the EnvoyFilter whose addition the error names. `istioctl proxy-status` then says SYNCED for"
    " {names}."
)
WAIT = (
    "See the log of istio-proxy in {names}, and whether its CPU limit keeps it waiting. `istioctl proxy-status` says"
    " SYNCED once it has taken it."
)

Found = tuple[str, Pod, ConnectedProxy, Stream]


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning for each kind of configuration that proxies do not take, and why.

    What an east-west gateway does not take is missed by those who call in, what a workload does not take by its calls.
    """
    entrances = entrance_pods(view, context)
    groups: dict[tuple[bool, str, str, str], list[Found]] = {}
    for found in refusing(view, context):
        enters = found[2].name in entrances
        groups.setdefault((enters, found[1].name, found[3].kind, found[3].error), []).append(found)
    others = [other for other in view.contexts if other != context]
    outward = Scope((context,), tuple(Pair(context, other) for other in others))
    for (enters, *_), group in groups.items():
        inward = (Scope((context,), (Pair(other, context),), network=network(view, context)) for other in others)
        for scope in inward if enters else (outward,):
            yield _finding(view, scope, group)


def _finding(view: View, scope: Scope, group: list[Found]) -> Finding:
    plane, istiod, first, stream = group[0]
    names = tuple(proxy.name for _, _, proxy, _ in group)
    lines = [f"{first.name}  {stream.kind}", f"sent {stream.sent}", f"acked {stream.acked}"]
    lines += [f"lastError {stream.error}"] if stream.error else []
    listing = kubectl(view, plane, "get", "envoyfilters", "-A")
    return Finding(
        Status.WARN,
        scope,
        say(REFUSED if stream.error else SLOW, context=scope.clusters[0], kind=stream.kind, plane=plane),
        (asked(view, SYNCZ, plane, istiod.full_name, *lines),),
        (look(plane, listing, WHY_LIST),),
        _detail(names, istiod.name, stream),
        say(CORRECT if stream.error else WAIT, names=names),
    )


def _detail(names: tuple[str, ...], istiod: str, stream: Stream) -> Message:
    if stream.error:
        return say(ERROR, names=names, istiod=istiod, error=stream.error)
    return say(SENT, names=names, istiod=istiod, sent=stream.sent.partition("/")[0])


CHECK = Check(
    "MC122",
    "proxies accept what istiod sends them",
    Unit.CLUSTER,
    run,
    caused_by=("MC412",),
    rows=("I2",),
)

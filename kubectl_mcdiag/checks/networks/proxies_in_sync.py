"""Proxies take what istiod sends them.

A proxy that refuses one kind of its configuration keeps the last good one: from then on new endpoints, gateways and
certificates' policies do not reach it, and calls fail only later, when something changes. A common reason is an
EnvoyFilter that does not fit this version.

To mend it: read the refusal; where it names what an EnvoyFilter adds, correct or delete that EnvoyFilter.

Source: Istio 1.31 `/debug/syncz`, `lastError`; `istioctl proxy-status` says STALE or ERROR. Catalogue I2.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import asked, kubectl
from kubectl_mcdiag.evidence.commands import SYNCZ
from kubectl_mcdiag.evidence.parsers.istiod.syncz import ConnectedProxy, Stream
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.access.versions import refusing
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrance_pods
from kubectl_mcdiag.mesh.view import View

REFUSED = "Proxies in {context} refuse the {kind} that {istiod} sends ({names}): {error}"
SLOW = "Proxies in {context} have not taken the {kind} that {istiod} sent at {sent} ({names})."
WHY_LIST = "shows the EnvoyFilters, the usual reason for what no proxy takes"
WHY_DELETE = "ENVOY_FILTER: the one whose addition the refusal names"

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
    names = [proxy.name for _, _, proxy, _ in group]
    text = REFUSED if stream.error else SLOW
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Finding(
        Status.WARN,
        scope,
        text.format(
            context=scope.clusters[0],
            kind=stream.kind,
            istiod=f"{istiod.name} in {plane}",
            names=", ".join(names[:3]) + more,
            error=stream.error,
            sent=stream.sent.partition("/")[0],
        ),
        (
            asked(
                view, SYNCZ, plane, istiod.full_name, f"{first.name}  {stream.kind}", f"sent {stream.sent}",
                f"acked {stream.acked}", *((f"lastError {stream.error}",) if stream.error else ()),
            ),
        ),
        _fix(view, plane, first.name.rpartition(".")[2]),
    )  # fmt: skip


def _fix(view: View, plane: str, namespace: str) -> tuple[Step, ...]:
    delete = kubectl(view, plane, "-n", namespace, "delete", "envoyfilter") + ' "$ENVOY_FILTER"'
    return (
        Step(Kind.SAFE, kubectl(view, plane, "get", "envoyfilters", "-A"), WHY_LIST),
        Step(Kind.NEEDS_INPUT, delete, WHY_DELETE),
    )


CHECK = Check(
    "MC122",
    "proxies take what istiod sends them",
    Unit.CLUSTER,
    run,
    caused_by=("MC412",),
    rows=("I2",),
)

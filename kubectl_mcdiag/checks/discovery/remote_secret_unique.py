"""Every cluster has one remote secret, and not two under the same key.

istiod uses the first secret that it reads for a key and ignores every later one, whichever is valid. A secret that was
left behind, or applied under a second name, then blocks the good one; which of them wins can change when istiod is
restarted.

Fix: keep the one that works and delete the others; where none works, delete the one in use before a new one is
created, since istiod ignores a second secret for as long as it has the first.

Source: istiod warns "cluster has already been registered"; Istio 1.31 `secretcontroller.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret, remove_entry
from kubectl_mcdiag.checks.discovery.proof import rows_shown
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action, Step
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import PREFIX
from kubectl_mcdiag.mesh.access.identity import cluster_id, istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, doubled, meant_for, row
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder} has {count} remote secrets for the cluster ID {key}"
DETAIL = "They are {names}. istiod uses one and ignores the others: {used}, which is {state}."
UNUSED = say("istiod ignores this secret")
IN_USE = say("istiod ignores any other secret for this cluster as long as it has this one, which does not work")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure, or a warning where the one in use works, for each key that leads to the destination twice."""
    for holder in readers(view, pair.source, pair.destination):
        for twins in doubled(view, holder):
            if any(meant_for(view, entry, pair.destination) for entry in twins):
                yield _finding(view, pair, holder, twins[0].key, twins)


def _finding(view: View, pair: Pair, holder: str, key: str, twins: tuple[RemoteSecret, ...]) -> Finding:
    pod = istiods(view, holder)[0]
    found = row(view, holder, pod, key)
    state = found.status if found else "not known to it"
    used = found.secret.rpartition("/")[2] if found else ""
    names = tuple(entry.secret.name for entry in twins)
    return Finding(
        Status.WARN if state == "synced" else Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        say(PROBLEM, holder=holder, count=len(twins), key=key),
        (rows_shown(view, holder, pod.full_name, key),),
        tuple(_steps(view, pair.destination, twins, used, state == "synced")),
        say(DETAIL, names=names, used=used or "none", state=state),
    )


def _steps(view: View, context: str, twins: tuple[RemoteSecret, ...], used: str, works: bool) -> Iterator[Step]:
    others = [entry for entry in twins if entry.secret.name != used]
    if works:
        yield from (remove_entry(view, entry, Action.DELETE_UNUSED, UNUSED) for entry in others)
        return
    kept = PREFIX + cluster_id(view, context)
    yield from (
        remove_entry(view, entry, Action.DELETE_UNUSED, UNUSED) for entry in others if entry.secret.name != kept
    )
    yield from (
        remove_entry(view, entry, Action.DELETE, IN_USE) for entry in twins if entry.secret.name == used != kept
    )
    yield create_remote_secret(view, twins[0].holder, context)


CHECK = Check(
    "MC314",
    "no two remote secrets have the same key",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B6",),
    guide="T4a",
)

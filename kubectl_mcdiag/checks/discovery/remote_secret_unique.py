"""Every cluster has one remote secret, and not two under the same key.

istiod takes the first secret it meets under a key and ignores every later one, whichever is the better. A secret
that was left behind, or applied under a second name, so keeps the good one out; which of them wins can change when
istiod is restarted.

To mend it: delete them all and make one anew.

Source: istiod warns "cluster has already been registered"; Istio 1.31 `secretcontroller.go`. Catalogue B6.
"""

from collections.abc import Iterator
from itertools import groupby

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked, create_remote_secret, system
from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, meant_for, remote_secrets, row
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{holder} has {count} remote secrets under the key {key!r}: {names}; its istiods use {used}, which is {state}."
)
WHY = "only one of them may stay"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure, or a warning where the one in use works, for each key that leads to the destination twice."""
    for holder in readers(view, pair.source, pair.destination):
        labelled = [entry for entry in remote_secrets(view, holder) if entry.secret.is_labelled]
        for key, group in groupby(sorted(labelled, key=lambda entry: entry.key), key=lambda entry: entry.key):
            twins = tuple(group)
            if len(twins) > 1 and any(meant_for(view, entry, pair.destination) for entry in twins):
                yield _finding(view, pair, holder, key, twins)


def _finding(view: View, pair: Pair, holder: str, key: str, twins: tuple[RemoteSecret, ...]) -> Finding:
    pod = istiods(view, holder)[0]
    found = row(view, holder, pod, key)
    state = found.status if found else "not known to them"
    used = found.secret.rpartition("/")[2] if found else "none"
    names = ", ".join(entry.secret.name for entry in twins)
    return Finding(
        Status.WARN if state == "synced" else Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        PROBLEM.format(holder=holder, count=len(twins), key=key, names=names, used=used, state=state),
        (asked(view, CLUSTERZ, holder, pod.full_name, f"{key}  {used}  {state}"),),
        (
            Step(Kind.SAFE, system(view, holder, "delete", "secret", *(entry.secret.name for entry in twins)), WHY),
            create_remote_secret(view, holder, pair.destination),
        ),
    )


CHECK = Check(
    "MC314",
    "no two remote secrets have the same key",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B6",),
    guide="T4a",
)

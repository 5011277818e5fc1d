"""What the rules of the path have in common: one finding for each way in which a hop is broken."""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import AnyStep, Evidence, Finding, NotJudged, Scope
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, Kind, State
from kubectl_mcdiag.path.trace import Path, paths

DETAIL = "Calls of {client} in {source} to {service}, port {port}, in {destination} end at the hop {hop}."


def broken(view: View, pair: Pair, kind: Kind) -> Iterator[tuple[Path, Hop]]:
    """Yield each way in which a hop of this kind is broken, once for each service."""
    told: set[tuple[str, str]] = set()
    for path in paths(view, pair):
        hop = path.hop(kind)
        if hop and hop.state is State.BROKEN and (path.call.service, path.words(hop)) not in told:
            told.add((path.call.service, path.words(hop)))
            yield path, hop


def unseen(view: View, pair: Pair, kind: Kind) -> Iterator[NotJudged]:
    """Yield the calls whose hop of this kind could not be seen, once for each service and reason."""
    found = {}
    for path in paths(view, pair):
        hop = path.hop(kind)
        if hop and hop.state is State.NOT_SEEN and not hop.reason.value:
            found[path.call.service, hop.note] = NotJudged(scope(view, path, path.call.source), hop.note)
    yield from found.values()


def scope(view: View, path: Path, where: str) -> Scope:
    """Return the scope of what is said of a call: the wrong thing stands in the cluster `where`."""
    call = path.call
    return Scope((where,), (call.pair,), call.service, network(view, call.destination), "", call.client)


def finding(
    view: View,
    path: Path,
    hop: Hop,
    *,
    where: str = "",
    status: Status = Status.FAIL,
    fix: tuple[AnyStep, ...] = (),
    advice: Message = NOTHING,
) -> Finding:
    """Return what is said of a broken hop: its reason, the call, and the commands that show it."""
    values = path.call.values | hop.values
    return Finding(
        status,
        scope(view, path, where or path.call.source),
        say(hop.reason.value, **values),
        tuple(Evidence(seen.context, seen.command, "\n".join(seen.lines)) for seen in hop.seen),
        fix,
        say(DETAIL, **path.call.values, hop=hop.kind.value),
        advice,
    )

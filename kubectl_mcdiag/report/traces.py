"""The paths of calls as text and JSON: every hop, what was seen of it, the command that shows it, where it breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from json import dumps

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, State
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.report.clean import line
from kubectl_mcdiag.verdict.model import RECORDED

_WORST = (State.BROKEN, State.NOT_SEEN, State.IDLE, State.KEPT_AWAY)
_MARKS = {State.WORKS: "ok", State.IDLE: "idle", State.KEPT_AWAY: "kept", State.NOT_SEEN: "?", State.BROKEN: "FAIL"}


@dataclass(frozen=True, slots=True)
class Followed:
    """The calls of one pair, or why they could not be followed."""

    pair: Pair
    paths: tuple[Path, ...] = ()
    reason: str = ""


def followed(snapshot: Snapshot, port: int = 0) -> tuple[Followed, ...]:
    """Follow the calls of every pair; 0 means every port."""
    view = View(snapshot)
    pairs = [Pair(a, b) for a in view.contexts for b in view.contexts if a != b]
    return tuple(_followed(view, pair, port) for pair in pairs)


def _followed(view: View, pair: Pair, port: int) -> Followed:
    try:
        return Followed(pair, tuple(path for path in paths(view, pair) if port in (0, path.call.port)))
    except Unavailable as why:
        return Followed(pair, reason=str(why))


def state(found: tuple[Followed, ...]) -> str:
    """Return how the calls stand together: the worst of their hops, `not seen` where a pair has none."""
    states = {path.state for each in found for path in each.paths}
    if any(not each.paths for each in found):
        states.add(State.NOT_SEEN)
    return next((worst.value for worst in _WORST if worst in states), State.WORKS.value)


def text(found: tuple[Followed, ...], is_replayed: bool = False) -> str:
    """Write every path, a line for each hop."""
    head = [RECORDED] if is_replayed else []
    return "\n\n".join([*head, *("\n".join(_pair(each)) for each in found)]) + "\n"


def _pair(each: Followed) -> Iterator[str]:
    if not each.paths:
        yield f"{each.pair}: {line(each.reason) or 'no call to follow: no such service or port crosses between them'}"
    for path in each.paths:
        yield f"{each.pair}: {path.call.client} calls {path.call.service}:{path.call.port}"
        for hop in path.hops:
            yield from _hop(path, hop)


def _hop(path: Path, hop: Hop) -> Iterator[str]:
    said = line(path.words(hop))
    yield f"  {hop.kind.value:10}  {_MARKS[hop.state]:4}  {said}".rstrip()
    for seen in hop.seen if hop.state is not State.WORKS else ():
        yield f"      $ {line(str(seen.command))}"
        yield from (f"        {line(each)}" for each in seen.lines[:4])


def json(found: tuple[Followed, ...]) -> str:
    """Write the paths as JSON."""
    return dumps([_document(each) for each in found], ensure_ascii=False, indent=2) + "\n"


def _document(each: Followed) -> dict[str, object]:
    return {
        "from": each.pair.source,
        "to": each.pair.destination,
        "reason": each.reason or None,
        "paths": [
            {
                "client": path.call.client,
                "service": path.call.service,
                "port": path.call.port,
                "state": path.state.value,
                "hops": [_hop_document(path, hop) for hop in path.hops],
            }
            for path in each.paths
        ],
    }


def _hop_document(path: Path, hop: Hop) -> dict[str, object]:
    return {
        "hop": hop.kind.value,
        "state": hop.state.value,
        "reason": path.words(hop) or None,
        "seen": [{"context": s.context, "command": str(s.command), "lines": [*s.lines]} for s in hop.seen],
    }

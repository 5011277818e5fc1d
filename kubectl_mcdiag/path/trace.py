"""The path of a call: its hops in order, up to the first that stops it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View, fact
from kubectl_mcdiag.path import admission, answer, connection, endpoints, entrance, name, route, trust
from kubectl_mcdiag.path.call import Call, calls
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State, unread

PAST = "connections have failed, and the same address answers other calls of this client now"
BEHIND = 3
HOPS: dict[Kind, Callable[[View, Call], Hop]] = {
    Kind.NAME: name.judge,
    Kind.ROUTE: route.judge,
    Kind.ENDPOINTS: endpoints.judge,
    Kind.CONNECTION: connection.judge,
    Kind.ENTRANCE: entrance.judge,
    Kind.TRUST: trust.judge,
    Kind.ADMISSION: admission.judge,
    Kind.ANSWER: answer.judge,
}


@dataclass(frozen=True, slots=True)
class Path:
    """A call and its hops, up to and including the one that stops it.

    A connection that fails or has failed hides where: the hops behind it, that may be why, follow it all the same.
    """

    call: Call
    hops: tuple[Hop, ...]

    @property
    def broken(self) -> Hop | None:
        """The hop to blame: behind a connection that fails the one that explains it, if one does."""
        found = [hop for hop in self.hops if hop.state is State.BROKEN]
        inner = [hop for hop in found if hop.kind is not Kind.CONNECTION]
        return next(iter(inner or found), None)

    @property
    def state(self) -> State:
        """How the call stands as a whole: the worst of its hops; kept away where a policy keeps it."""
        states = {hop.state for hop in self.hops}
        order = (State.BROKEN, State.KEPT_AWAY, State.NOT_SEEN, State.IDLE)
        return next((state for state in order if state in states), State.WORKS)

    def cut(self) -> "Path":
        """Return it up to the hop to blame."""
        end = self.hops.index(self.broken) + 1 if self.broken else len(self.hops)
        return replace(self, hops=self.hops[:end])

    def words(self, hop: Hop) -> str:
        """Return the reason of a hop with its values, else its note."""
        return hop.reason.value.format_map({**self.call.values, **hop.values}) or hop.note

    def hop(self, kind: Kind) -> Hop | None:
        """Return a hop by kind, None where the call does not get there."""
        return next((hop for hop in self.hops if hop.kind is kind), None)


@fact
def trace(view: View, call: Call) -> Path:
    """Follow one call."""
    return Path(call, _settled(view, call, tuple(_hops(view, call))))


def _settled(view: View, call: Call, hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """Return the hops; failures are past where the address answers other calls now and nothing behind it is wrong."""
    behind = [hop for hop in hops if hop.kind in (Kind.ENTRANCE, Kind.TRUST, Kind.ADMISSION)]
    failed = next((hop for hop in hops if hop.reason is Reason.FAILED_BEFORE), None)
    if failed is None or len(behind) < BEHIND or any(hop.state is not State.WORKS for hop in behind):
        return hops
    if not connection.answers_others(view, call):
        return hops
    return tuple(
        replace(hop, state=State.IDLE, reason=Reason.NONE, note=PAST) if hop is failed else hop for hop in hops
    )


def _hops(view: View, call: Call) -> Iterator[Hop]:
    for kind, judge in HOPS.items():
        try:
            hop = judge(view, call)
        except Unavailable as why:
            hop = unread(kind, why)
        yield hop
        if hop.stops and hop.kind is not Kind.CONNECTION:
            return


@fact
def paths(view: View, pair: Pair) -> tuple[Path, ...]:
    """Follow every judged call of a pair."""
    return tuple(trace(view, call) for call in calls(view, pair))

"""Whose command is next: the places are shared out, so that a silent cluster keeps few and holds up no other."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kubectl_mcdiag.evidence.commands.together import GROUPS

if TYPE_CHECKING:
    from kubectl_mcdiag.run.collect import Wish

AT_ONCE = 32
_EACH = 8


class Turns:
    """Queues by cluster; none has more of the places than its share. What can be asked as one has one place."""

    def __init__(self, places: int, asked: set[tuple[str, str, str]]) -> None:
        self._places = places
        self._asked = asked
        self._waiting: dict[str, deque[list[Wish]]] = {}
        self._running: Counter[str] = Counter()
        self._served: Counter[str] = Counter()

    def left(self) -> dict[str, int]:
        """Return how many commands of each cluster are under way or wait."""
        total = {c: self._running[c] + len(self._waiting.get(c, ())) for c in {**self._waiting, **self._running}}
        return {context: number for context, number in total.items() if number}

    def add(self, wishes: Iterable["Wish"]) -> None:
        """Take what was never asked into the queues."""
        for wish in wishes:
            identity = (wish.command.key, wish.context, wish.target)
            if identity not in self._asked:
                self._asked.add(identity)
                self._queue(wish)

    def _queue(self, wish: "Wish") -> None:
        waiting = self._waiting.setdefault(wish.context, deque())
        beside = next((each for each in waiting if _is_one(each[0], wish)), None)
        if beside is None:
            waiting.append([wish])
        else:
            beside.append(wish)

    def due(self) -> Iterator[list["Wish"]]:
        """Yield what may run now, of the cluster with the fewest commands under way first; together what is one."""
        while (context := self._next()) is not None:
            self._running[context] += 1
            self._served[context] += 1
            yield self._waiting[context].popleft()

    def over(self, context: str) -> None:
        """Give a place back."""
        self._running[context] -= 1

    def rest(self) -> Iterator["Wish"]:
        """Yield what has not had its turn."""
        for waiting in self._waiting.values():
            for wishes in waiting:
                yield from wishes

    def _next(self) -> str | None:
        if self._running.total() >= self._places:
            return None
        busy = sum(1 for context in {*self._waiting, *self._running} if self._has_work(context))
        share = max(1, min(max(_EACH, self._places // AT_ONCE), self._places // max(1, busy)))
        able = [c for c, waiting in self._waiting.items() if waiting and self._running[c] < share]
        # Of equals the one that was served least: else the last of many clusters would wait for all of the first.
        return min(able, key=lambda c: (self._running[c], self._served[c]), default=None)

    def _has_work(self, context: str) -> bool:
        return bool(self._waiting.get(context)) or self._running[context] > 0


def _is_one(one: "Wish", other: "Wish") -> bool:
    group = GROUPS.get(one.command.key)
    return group is not None and group == GROUPS.get(other.command.key) and one.target == other.target

"""The window through which facts and checks read what is known, and which forgets only what a new answer alters."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from kubectl_mcdiag.errors import Forgone, ParseError, Unavailable
from kubectl_mcdiag.evidence.commands.common import forgone
from kubectl_mcdiag.evidence.model import Command, Invocation, Settings, Snapshot

T = TypeVar("T")
P = ParamSpec("P")
Identity = tuple[str, str, str]
_KEYS = 128
_ALL_KEYS = (1 << _KEYS) - 1


class View:
    """A snapshot, read through a notebook: every answer read, directly or through a fact, is noted.

    A note is a set of answers as bits of one number, so that what a fact has read costs next to nothing to pass on:
    the lowest bits are the keys of commands, those above are answers in the order in which they were first read.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._known: dict[Any, tuple[Any, Unavailable | None, int, int]] = {}
        self._page = 0
        self._pages: list[int] = []
        self._keys: list[str] = []
        self._bits: dict[Identity, int] = {}
        self._notes: dict[int, int] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._altered = [0]
        self.evaluated = 0

    @property
    def contexts(self) -> tuple[str, ...]:
        """The contexts in command-line order."""
        return self.snapshot.contexts

    @property
    def settings(self) -> Settings:
        """What the operator chose."""
        return self.snapshot.settings

    def read(self, command: Command[T], context: str = "", target: str = "", kind: str = "") -> T:
        """Return the parsed output; `kind` names the one resource needed of several; without it all are.

        Raises `Unavailable` with the reason where the output is missing, failed or could not be parsed, `Forgone` where
        the operator has chosen not to ask.
        """
        identity = (command.key, context, target)
        self._note(identity)
        found = self.snapshot.observations.get(identity)
        where = f"{context}: " if context else ""
        if found is None and (flag := forgone(command, self.settings)):
            raise Forgone(f"{flag}: {command.key} is not read")
        if found is None:
            raise Unavailable(f"{where}{command.key} was not asked")
        if found.reason:
            raise Unavailable(found.reason, str(found.invocation))
        if missing := [denied for denied in found.denied if kind in ("", denied.partition(".")[0])]:
            raise Unavailable(f"{where}no permission to list {', '.join(missing)}", str(found.invocation))
        value: T = found.value
        return value

    def invocation(self, command: Command[Any], context: str = "", target: str = "") -> Invocation:
        """Return the invocation behind a value that was read."""
        self._note((command.key, context, target))
        return self.snapshot.observations[(command.key, context, target)].invocation

    def was_asked(self, command: Command[Any], context: str = "", target: str = "") -> bool:
        """Return whether there is an answer, be it a failure."""
        identity = (command.key, context, target)
        self._note(identity)
        return identity in self.snapshot.observations

    def forget(self, identity: Identity) -> None:
        """Forget the facts that have read this answer, or that there was none yet; all others stay."""
        bit = self._bits.get(identity, 0) >> _KEYS << _KEYS
        if not bit:
            return
        # By how many answers were forgotten when a fact was worked out: all that were forgotten since.
        for place in range(len(self._altered) - 1, -1, -1):
            if self._altered[place] & bit:
                break
            self._altered[place] |= bit
        self._altered.append(0)

    def begin(self) -> None:
        """Start a page: what is read from now on is returned by `end`."""
        self._pages.append(self._page)
        self._page = 0

    def end(self) -> frozenset[str]:
        """Close the page and return the keys of the commands read since `begin`."""
        keys = self._close() & _ALL_KEYS
        if keys not in self._names:
            self._names[keys] = frozenset(key for place, key in enumerate(self._keys) if keys >> place & 1)
        return self._names[keys]

    def _note(self, identity: Identity) -> None:
        bit = self._bits.get(identity)
        self._page |= bit or self._new(identity)

    def _new(self, identity: Identity) -> int:
        if identity[0] not in self._keys:
            self._keys.append(identity[0])
        bit = 1 << _KEYS + len(self._bits) | 1 << self._keys.index(identity[0])
        self._bits[identity] = bit
        return bit

    def _close(self) -> int:
        page = self._page
        self._page |= self._pages.pop()
        return page

    def recall(self, key: Any, work: Callable[[], T]) -> T:
        """Return what `work` gave the first time it was asked under this key, its failure included."""
        known = self._known.get(key)
        if known is None or known[2] & self._altered[known[3]]:
            known = self._known[key] = self._work_out(work)
        found, failed, read, _ = known
        self._page |= read
        if failed:
            # Raised as it was, it would hold the frames it went through, and these the view for ever.
            raise failed.again()
        result: T = found
        return result

    def _work_out(self, work: Callable[[], T]) -> tuple[T | None, Unavailable | None, int, int]:
        self.evaluated += 1
        self.begin()
        value: T | None = None
        error: Unavailable | None = None
        try:
            value = work()
        except Unavailable as reason:
            error = reason.again()
        except ParseError as reason:
            error = Unavailable(str(reason))
        finally:
            read = self._close()
        # Facts by the thousand have read the same: they share one note.
        return value, error, self._notes.setdefault(read, read), len(self._altered) - 1


def fact(function: Callable[Concatenate[View, P], T]) -> Callable[Concatenate[View, P], T]:
    """Make a function of a view a fact: worked out once for each view and arguments."""

    @wraps(function)
    def recalled(view: View, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args, tuple(sorted(kwargs.items()))) if kwargs else (function, args)
        return view.recall(key, lambda: function(view, *args, **kwargs))

    return recalled


def ask(work: Callable[[], T]) -> T | None:
    """Return a fact, or None where it cannot be had: for summaries and choices, never for a verdict."""
    try:
        return work()
    except Unavailable:
        return None


def known(view: View, value: Callable[[str], T]) -> dict[str, T]:
    """Return a fact of every cluster of which it can be had: as with `ask`, never for a verdict."""
    found = {}
    for context in view.contexts:
        with suppress(Unavailable):
            found[context] = value(context)
    return found

"""What requests say of each ordered pair of clusters; nothing else is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import permutations

from lab.mutate.requests import Seen


class Fate(Enum):
    """What became of the calls of one pair."""

    ANSWERED = "answered"
    """The other cluster answers, and none fails."""
    MOVED = "moved"
    """None fails, and the other cluster does not answer: somebody else does, by retries or by routing."""
    FAILING = "failing"


RANKS = {Fate.ANSWERED: 0, Fate.MOVED: 1, Fate.FAILING: 2}


@dataclass(frozen=True, slots=True)
class PairTruth:
    """One ordered pair: its worst service decides.

    `services`: what became of the calls to each; `counts`: the same in numbers.
    """

    caller: str
    destination: str
    services: Mapping[str, Fate]
    counts: Mapping[str, str] = field(default_factory=dict)

    @property
    def fate(self) -> Fate:
        """What became of the calls of the pair."""
        return max(self.services.values(), key=RANKS.__getitem__, default=Fate.ANSWERED)

    @property
    def name(self) -> str:
        """The pair as reports write it."""
        return f"{self.caller} → {self.destination}"


def truths(seen: Mapping[str, Iterable[Seen]]) -> tuple[PairTruth, ...]:
    """Return the truth about every ordered pair of clusters."""
    return tuple(_truth(caller, other, seen[caller]) for caller, other in permutations(seen, 2))


def _truth(caller: str, destination: str, seen: Iterable[Seen]) -> PairTruth:
    meant = [one for one in seen if destination in one.call.homes]
    fates = {one.call.name: fate(caller, destination, one) for one in meant}
    return PairTruth(caller, destination, fates, {one.call.name: str(one) for one in meant})


def fate(caller: str, destination: str, seen: Seen) -> Fate:
    """Return what became of the calls to one service as far as they concern the pair.

    A failure counts unless it is explained elsewhere: counted at endpoints of other clusters, or the caller's own
    pods, which should answer too, are what does not.
    """
    answered = seen.answers.get(destination, 0)
    if not seen.failed:
        return Fate.ANSWERED if answered else Fate.MOVED
    if seen.errors.get(destination):
        return Fate.FAILING
    elsewhere = sum(seen.errors.values()) >= seen.failed
    own_is_silent = caller in seen.call.homes and not seen.answers.get(caller)
    if answered:
        return Fate.ANSWERED if elsewhere or own_is_silent else Fate.FAILING
    return Fate.MOVED if elsewhere else Fate.FAILING

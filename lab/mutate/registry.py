"""The kinds of mutation there are, and which one a seed draws."""

from collections.abc import Callable
from random import Random

from lab.mutate.change import Mutation, Put
from lab.mutate.ground import Ground
from lab.objects import storable

Draw = Callable[[Random, Ground], Mutation | None]
"""A kind of mutation: draws one for the ground, or none where the ground has nothing to change like that."""

TOGETHER = 0.25
"""How many mutations come in pairs."""

_kinds: list[Draw] = []


def kind(draw: Draw) -> Draw:
    """Register a kind of mutation."""
    _kinds.append(draw)
    return draw


def kinds() -> tuple[Draw, ...]:
    """Return all kinds, by name."""
    return tuple(sorted(_kinds, key=lambda draw: f"{draw.__module__}.{draw.__name__}"))


def drawn(seed: int, index: int, ground: Ground, only: str = "") -> tuple[Mutation, ...]:
    """Return the mutation of this number, or two at once; the same for the same ground."""
    chance = Random(f"{seed}/{index}")
    number = 2 if chance.random() < TOGETHER else 1
    made: list[Mutation] = []
    while len(made) < number:
        one = _one(chance, ground, only)
        if not _places(one) & {place for other in made for place in _places(other)}:
            made.append(one)
    return tuple(made)


def _one(chance: Random, ground: Ground, only: str) -> Mutation:
    """Draw a family first, so that one with many kinds does not crowd out the others."""
    among = [draw for draw in kinds() if only in f"{draw.__module__}.{draw.__name__}"]
    families = sorted({draw.__module__ for draw in among})
    while True:
        family = chance.choice(families)
        draw = chance.choice([draw for draw in among if draw.__module__ == family])
        if (found := draw(chance, ground)) and _changes_something(found, ground):
            return found


def _changes_something(one: Mutation, ground: Ground) -> bool:
    """Return whether no object is written as it is already."""
    puts = [change for change in one.changes if isinstance(change, Put) and change.exists]
    return all(storable(ground.found(put.cluster, put.manifest).manifest) != put.manifest for put in puts)


def _places(one: Mutation) -> set[str]:
    return {change.place for change in one.changes}

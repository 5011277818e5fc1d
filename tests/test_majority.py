"""Which cluster is told to be wrong where clusters differ."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.facts.majority import Odd, odd
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Pair
from tests.edits import mesh

HEALTHY = mesh("healthy-multi-network")


def told(pair: str, **values: str) -> Odd | None:
    """Return the odd one of a pair such as `ab`; a cluster with the value `?` cannot be read."""

    def value(context: str) -> str:
        if values[context] == "?":
            raise Unavailable("silent")
        return values[context]

    return odd(View(replace(HEALTHY, contexts=tuple(values))), Pair(*pair), value)


@pytest.mark.parametrize("pair", ["ab", "ba"])
def test_between_two_it_is_the_later_one(pair: str) -> None:
    assert told(pair, a="x", b="y") == Odd("b", ("b",), ("a",))


def test_most_clusters_are_right() -> None:
    assert told("ab", a="x", b="y", c="y") == Odd("a", ("a",), ("b", "c"))
    assert told("bc", a="x", b="y", c="x") == Odd("b", ("b",), ("a", "c"))


def test_two_odd_ones_are_held_against_the_others() -> None:
    assert told("cd", a="x", b="x", c="y", d="z") == Odd("d", ("d",), ("a", "b"))
    assert told("ac", a="x", b="x", c="y", d="y") == Odd("c", ("c", "d"), ("a", "b"))


def test_cluster_that_cannot_be_read_does_not_count() -> None:
    assert told("ab", a="x", b="y", c="?") == Odd("b", ("b",), ("a",))


def test_clusters_that_agree_or_say_nothing_are_not_told() -> None:
    assert told("ab", a="x", b="x", c="y") is None
    assert told("ab", a="x", b="", c="y") is None

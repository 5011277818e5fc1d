"""Which cluster is told to be wrong where clusters differ."""

from dataclasses import replace
from types import ModuleType

import pytest

from kubectl_mcdiag.checks.discovery import discovery_selectors
from kubectl_mcdiag.checks.traffic import gateways_alike
from kubectl_mcdiag.checks.trust import authority_external
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.mesh.access.majority import Odd, odd
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.judge import report
from tests.edits import beside_a_third, mesh

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


@pytest.mark.parametrize(
    ("recorded", "check"),
    [
        ("ca-external", authority_external),
        ("discovery-selectors", discovery_selectors),
        ("gateway-second-dead", gateways_alike),
    ],
)
def test_cause_that_lies_with_one_cluster_is_told_once_against_all_others(recorded: str, check: ModuleType) -> None:
    three = beside_a_third(mesh(recorded), "cluster1", "cluster2", "cluster3")

    (cause,) = report(three, [check.CHECK]).root_causes

    assert {Pair("cluster1", "cluster2"), Pair("cluster3", "cluster2")} <= set(cause.finding.scope.pairs)


def test_clusters_under_the_same_root_are_mended_together() -> None:
    three = beside_a_third(mesh("ca-external"), "cluster1", "cluster2", "cluster3")

    (cause,) = report(three, [authority_external.CHECK]).root_causes

    assert "cluster1 and cluster3 do not trust its root" in str(cause.finding.problem)
    assert "in the installations of cluster2 and of cluster1 and cluster3" in str(cause.finding.advice)

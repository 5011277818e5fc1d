"""A report of many clusters: what is down first, clusters that stand alike together, and no page too long to open."""

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.report.text.crowd import SHOWN_GROUPS, crowd
from kubectl_mcdiag.report.text.matrix import MOST
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from tests.scale import Mesh

STYLE = Style(80)
MANY = 20
PAIRS_OF_A_HUNDRED = 100 * 99
PAGE = 2_000_000


@cache
def mesh(clusters: int, dead: int = 0) -> Report:
    made = Mesh(clusters, dead=dead)
    return report(collect(made, made.blank, time.monotonic() + 60, executor=AtOnce()), CHECKS)


def changed(found: Report, status: Status, pairs: Iterable[Pair], failing: tuple[str, ...] = ()) -> Report:
    """Return the report with these pairs in another state."""
    of = set(pairs)
    return replace(
        found,
        pairs=tuple(replace(each, status=status, failing=failing) if each.pair in of else each for each in found.pairs),
    )


def drawn(found: Report) -> str:
    return "\n".join(crowd(found, STYLE))


def test_clusters_that_stand_alike_are_told_together() -> None:
    text = drawn(mesh(MANY))

    assert "All directions: 380 of 380 ok" in text
    assert "cluster1, cluster2, cluster3, cluster4, cluster5 and 15 more" in text
    assert text.count("19 of 19 ok") == 2


def test_what_is_down_comes_first() -> None:
    broken = (Pair("cluster7", "cluster3"), Pair("cluster7", "cluster4"))

    lines = drawn(changed(mesh(MANY), Status.FAIL, broken)).splitlines()

    assert lines[0] == "  All directions: 378 of 380 ok, 2 down"
    assert lines[1] == "  Down: cluster7 → cluster3, cluster7 → cluster4"
    assert lines[3:6] == ["  cluster7", "    calls:      17 of 19 ok, 2 down", "    is called:  19 of 19 ok"]
    assert lines[7:10] == ["  cluster3, cluster4", "    calls:      19 of 19 ok", "    is called:  18 of 19 ok, 1 down"]


def test_what_is_down_as_a_whole_comes_before_what_is_partly_so() -> None:
    partly = changed(mesh(MANY), Status.FAIL, [Pair("cluster1", "cluster2")], ("helloworld.sample",))
    both = changed(partly, Status.FAIL, [Pair("cluster9", "cluster8")])

    lines = drawn(both).splitlines()

    assert lines[0] == "  All directions: 378 of 380 ok, 1 down, 1 partly down"
    assert lines[1] == "  Down: cluster9 → cluster8, cluster1 → cluster2"


def test_pairs_that_are_not_ok_for_other_reasons_are_counted_by_reason() -> None:
    warned = changed(mesh(MANY), Status.WARN, [Pair("cluster1", "cluster2")])

    text = drawn(changed(warned, Status.UNKNOWN, [Pair("cluster2", "cluster1")]))

    assert "378 of 380 ok, 1 not known, 1 with a warning" in text


def test_many_kinds_of_clusters_are_cut() -> None:
    found = mesh(MANY)
    for number in range(1, MANY):
        to = [Pair(f"cluster{number}", f"cluster{other}") for other in range(number + 1, MANY + 1)]
        found = changed(found, Status.FAIL, to)

    text = drawn(found)

    assert text.count("    calls: ") == SHOWN_GROUPS
    assert f"and {MANY - SHOWN_GROUPS} more clusters: -o wide" in text


def test_clusters_that_are_dead_for_one_reason_are_told_once() -> None:
    text = FORMATS["text"](mesh(MANY, 6), STYLE)

    assert "6 clusters are unreachable: cluster15, cluster16, cluster17 and 3 more." in text
    assert "report 6 of them as 'synced'" in text
    assert text.count("unreachable") == 2
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("clusters", [MOST, MOST + 1])
def test_few_clusters_are_drawn_and_many_are_counted(clusters: int) -> None:
    text = FORMATS["text"](mesh(clusters), STYLE)

    assert ("All directions" in text) == (clusters > MOST)


def test_page_grows_with_the_pairs_and_stays_under_two_megabytes_for_a_hundred_clusters() -> None:
    few, many = (len(FORMATS["html"](mesh(clusters), STYLE)) for clusters in (MOST, 24))
    each = (many - few) / (24 * 23 - MOST * (MOST - 1))

    assert few + each * PAIRS_OF_A_HUNDRED < PAGE

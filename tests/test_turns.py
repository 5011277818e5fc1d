"""How commands are shared out: never more than 32 at once, and a silent cluster holds up no other."""

import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Snapshot
from kubectl_mcdiag.run.collect import Wish, collect
from kubectl_mcdiag.run.turns import AT_ONCE, Turns

CONTEXTS = tuple(f"c{number}" for number in range(50))
WANTED = frozenset({PODS.key, RESOURCES.key, ISTIO_CONFIG.key})


def turns(contexts: tuple[str, ...], each: int = 10) -> Turns:
    made = Turns(AT_ONCE, set())
    made.add(Wish(PODS, context, str(number)) for context in contexts for number in range(each))
    return made


@pytest.mark.parametrize(("clusters", "each"), [(1, 8), (2, 8), (6, 5), (16, 2), (20, 1), (50, 1)])
def test_no_cluster_has_more_than_its_share(clusters: int, each: int) -> None:
    running = Counter(wish.context for wish, *_ in turns(CONTEXTS[:clusters]).due())

    assert max(running.values()) == each
    assert running.total() == min(AT_ONCE, clusters * each)


def test_place_that_is_given_back_goes_to_the_cluster_with_the_fewest() -> None:
    made = turns(("a", "b"), each=20)
    assert Counter(wish.context for wish, *_ in made.due()) == {"a": 8, "b": 8}
    made.over("b")

    assert [wish.context for wish, *_ in made.due()] == ["b"]
    assert made.left() == {"a": 20, "b": 19}


def test_last_of_many_clusters_does_not_wait_for_all_of_the_first() -> None:
    made = turns(CONTEXTS, each=3)
    served = Counter(wish.context for wish, *_ in made.due())
    for over in CONTEXTS[: len(CONTEXTS) - AT_ONCE]:
        made.over(over)
        served.update(wish.context for wish, *_ in made.due())

    assert served == dict.fromkeys(CONTEXTS, 1)


def test_silent_clusters_hold_up_no_other() -> None:
    silent, seen, peak = set(CONTEXTS[:20]), Counter[str](), 0
    lock, over = threading.Lock(), threading.Event()
    running = [0]

    class Source:
        def run(self, invocation: Invocation, timeout: float) -> Output:
            nonlocal peak
            with lock:
                running[0] += 1
                peak = max(peak, running[0])
            if invocation.context in silent:
                over.wait(min(timeout, 20.0))
            else:
                time.sleep(0.001)
            with lock:
                running[0] -= 1
                seen[invocation.context] += 1
                if len(seen.keys() - silent) == 30 and all(seen[c] == 3 for c in CONTEXTS[20:]):
                    over.set()
            return Output(failure=Failure.UNREACHABLE)

    blank = Snapshot(CONTEXTS, datetime.now(UTC))
    collect(Source(), blank, time.monotonic() + 60.0, WANTED)

    assert over.is_set(), "the clusters that answer were not asked while others were silent"
    assert peak <= AT_ONCE


def test_what_there_was_no_time_for_is_timed_out_and_costs_nothing() -> None:
    class Source:
        def run(self, _invocation: Invocation, timeout: float) -> Output:
            time.sleep(timeout)
            return Output(failure=Failure.TIMED_OUT)

    began = time.monotonic()
    found = collect(Source(), Snapshot(CONTEXTS, datetime.now(UTC)), time.monotonic() + 0.3, WANTED)

    assert time.monotonic() - began < 5
    assert len(found.observations) == 150
    assert all("no answer to" in each.reason for each in found.observations.values())

"""Requests from the clients, and whether their answers are those of a healthy mesh."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.workloads import SAMPLE
from lab.processes import LabError, together
from lab.shape import SERVICE, Shape

FAILED = "failed"
NUMBER = 16
REQUEST_SECONDS = 4
LOOP = """curl -s -Z --parallel-max {number} -m {seconds} '{url}?[1-{number}]' 2>/dev/null; true"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How often each version answered the calls from one cluster to one service, and which ones should."""

    caller: Cluster
    service: str
    expected: frozenset[str]
    answers: Counter[str]

    @property
    def is_healthy(self) -> bool:
        """Whether exactly the expected versions answered, and nothing failed."""
        return set(self.answers) == self.expected

    def __str__(self) -> str:
        counts = ", ".join(f"{version} {count}" for version, count in sorted(self.answers.items()))
        verdict = "as it should be" if self.is_healthy else f"should be {', '.join(sorted(self.expected))}"
        return f"{self.caller.name} → {self.service}: {counts} ({verdict})"


def answers(caller: Cluster, service: str = SERVICE, number: int = NUMBER, namespace: str = SAMPLE) -> Counter[str]:
    """Send requests from the cluster's client and count the answers by version; the rest are `failed`.

    `service` may be an address or a host; `namespace` is the client's.
    """
    url = f"http://{service}{'' if '.' in service else f'.{SAMPLE}'}:5000/hello"
    loop = LOOP.format(number=number, seconds=REQUEST_SECONDS, url=url)
    said = kubectl(caller, "-n", namespace, "exec", "deployment/curl", "-c", "curl", "--", "sh", "-c", loop)
    counts = Counter(re.findall(r"Hello version: (\w+),", said))
    if number > counts.total():
        counts[FAILED] = number - counts.total()
    return counts


def judge(shape: Shape) -> tuple[Judgement, ...]:
    """Send requests from every cluster to every service and judge the answers."""
    return tuple(together(_judge, _calls(shape)))


def healthy(shape: Shape) -> bool:
    """Whether the mesh answers from every cluster as its shape says it should."""
    return all(judgement.is_healthy for judgement in judge(shape))


def wait_until_healthy(shape: Shape, seconds: float = 60) -> tuple[Judgement, ...]:
    """Return the first judgements that are all healthy; raise with the last ones after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        judgements = judge(shape)
        if all(judgement.is_healthy for judgement in judgements):
            return judgements
        if time.monotonic() > until:
            listed = "\n".join(f"  {judgement}" for judgement in judgements)
            raise LabError(f"{shape.name} is not healthy within {seconds:.0f} s:\n{listed}")


@contextmanager
def traffic(shape: Shape) -> Iterator[None]:
    """Keep requests going from every cluster, as in a mesh in use."""
    ended = threading.Event()

    def keep_calling(caller: Cluster) -> None:
        while not ended.is_set():
            answers(caller, number=4)
            ended.wait(0.3)

    callers = [threading.Thread(target=keep_calling, args=(cluster,)) for cluster in shape.clusters]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        ended.set()
        for caller in callers:
            caller.join()


def _calls(shape: Shape) -> Iterator[tuple[Cluster, str, frozenset[str]]]:
    for caller in shape.clusters:
        for service, expected in shape.expected(caller).items():
            yield caller, service, expected


def _judge(call: tuple[Cluster, str, frozenset[str]]) -> Judgement:
    caller, service, expected = call
    return Judgement(caller, service, expected, answers(caller, service))

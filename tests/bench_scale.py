"""`make bench-scale`: what collecting and judging made meshes costs, by services and by clusters, as a page.

CPU time, not wall time: others may load the machine. Each size is measured in a process of its own, which runs without
the collector of cycles, as the program does; making the answers is not counted.
"""

import gc
import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.model import Invocation, Output
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.judge import report
from tests.scale import Mesh

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
SERVICES = (100, 400, 1_000, 2_000, 5_000)
CLUSTERS = (2, 10, 25, 50, 100)
ENDPOINTS = 5
WIDTH = 40

Row = tuple[int, float, int]
"""A size, CPU seconds, and the peak of memory in MB."""

HEAD = """# Performance

Written by `make bench-scale` on two cores that other programs loaded as well: CPU seconds to parse the answers of a
healthy made mesh, to collect and to judge them; and the peak of memory, the text of all answers included. kubectl,
istioctl and the start of the program come on top. What must not grow faster than the mesh is held by counts in
`tests/test_scale.py`.
"""


class Kept:
    """A source whose answers were made before."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._kept: dict[tuple[str, str, str], Output] = {}

    def run(self, invocation: Invocation, timeout: float) -> Output:
        """Return the answer, made when it is first asked for."""
        if invocation.identity not in self._kept:
            self._kept[invocation.identity] = self._mesh.run(invocation, timeout)
        return self._kept[invocation.identity]


def measured(clusters: int, services: int) -> tuple[float, int]:
    """Return the CPU seconds and the peak of memory in MB for a mesh of this size."""
    gc.disable()
    mesh = Mesh(clusters, services, ENDPOINTS)
    source = Kept(mesh)
    collect(source, mesh.blank, time.monotonic() + 3600, executor=AtOnce())
    began = time.process_time()
    report(collect(source, mesh.blank, time.monotonic() + 3600, executor=AtOnce()), CHECKS)
    return time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def rows(sizes: tuple[int, ...], mesh_of: Callable[[int], tuple[int, int]]) -> list[Row]:
    """Return a row for each size."""
    found = []
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            found.append((size, *process.apply(measured, mesh_of(size))))
    return found


def table(title: str, unit: str, found: list[Row]) -> str:
    """Return a section: figures, and a bar for each size."""
    longest = max(seconds for _, seconds, _ in found)
    lines = [f"| {unit} | CPU seconds | MB | |", "| ---: | ---: | ---: | :--- |"]
    for size, seconds, memory in found:
        bar = "█" * max(1, round(WIDTH * seconds / longest))
        lines.append(f"| {size:,} | {seconds:.2f} | {memory:,} | {bar} |")
    return "\n".join((f"## {title}", "", *lines, ""))


def main() -> None:
    """Measure and write the page."""
    by_services = rows(SERVICES, lambda size: (2, size))
    by_clusters = rows(CLUSTERS, lambda size: (size, 0))
    sections = (
        table(f"Two clusters, services of {2 * ENDPOINTS} endpoints", "services", by_services),
        table("Clusters, each a pair with every other", "clusters", by_clusters),
    )
    PAGE.write_text("\n".join((HEAD, *sections)), "utf-8")


if __name__ == "__main__":
    main()

"""The printed steps, executed as they stand; and whether the mesh is as it was."""

import time
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from lab.e2e.diagnosis import diagnose
from lab.faults.injection import as_user, strictly
from lab.processes import LabError, end_of
from lab.shape import Shape
from lab.traffic import judge, wait_until_healthy

GREEN_SECONDS = 45.0
COPIES = ("*: Secret */cacerts-before created",)
"""What steps keep on purpose of what they replace."""


def execute(steps: Iterable[str], values: Mapping[str, str]) -> None:
    """Run every step through bash; raise with the words of the first that fails."""
    for step in steps:
        result = as_user(step, dict(values))
        if result.exit_code:
            raise LabError(f"a step ended with {result.exit_code}: {step}\n{end_of(result.stderr)}")


def by_hand(script: str) -> None:
    """Do what only somebody outside the clusters can do."""
    if script:
        strictly(script)


def wait_until_green(shape: Shape, seconds: float = GREEN_SECONDS) -> None:
    """Return once requests are answered as the shape says and mcdiag finds nothing; raise with what is left."""
    until = time.monotonic() + seconds
    wait_until_healthy(shape, seconds)
    while not (said := diagnose(shape)).is_clean:
        if time.monotonic() > until:
            raise LabError(f"after {seconds:.0f} s mcdiag still names {said}")
    # An outlier or a pooled connection can go after the first look.
    for judgement in judge(shape):
        if not judgement.is_healthy:
            raise LabError(str(judgement))


def not_to_be_left(differences: Iterable[object], leaves: Iterable[str]) -> list[str]:
    """Return the differences that the mending must not leave."""
    patterns = (*leaves, *COPIES)
    return [told for told in map(str, differences) if not any(fnmatchcase(told, pattern) for pattern in patterns)]

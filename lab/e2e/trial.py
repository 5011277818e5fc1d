"""One fault from a healthy mesh to a healthy mesh: applied, seen to bite, diagnosed, mended, compared."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from lab.e2e.diagnosis import Diagnosis, diagnose
from lab.e2e.istioctl import Usual, look, shown, usual
from lab.e2e.judgement import judge
from lab.e2e.mending import by_hand, execute, not_to_be_left, wait_until_green
from lab.e2e.outcome import Mending, Outcome, today, truth_told
from lab.e2e.recording import Recording
from lab.faults.entry import Fault
from lab.faults.injection import apply, inputs, wait_until_it_bites
from lab.objects import Difference, Snapshot, differences, snapshot
from lab.processes import LabError
from lab.shape import Shape
from lab.traffic import traffic

Keep = Callable[[Shape, Fault], Recording]


@dataclass(frozen=True, slots=True)
class Ground:
    """The healthy mesh that faults are put into: its objects, and what istioctl shows of it."""

    shape: Shape
    objects: Snapshot
    usual: Usual


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a fault, and whether the mesh is certainly as it was before."""

    outcome: Outcome
    is_over: bool


def survey(shape: Shape) -> Ground:
    """Return the ground that a healthy mesh is."""
    return Ground(shape, snapshot(shape), usual(shape))


def attempt(ground: Ground, fault: Fault, record: Keep) -> Trial:
    """Put the fault into the mesh and see what mcdiag makes of it; the caller restores what is left of it."""
    begun = time.monotonic()
    blank = Outcome(fault.name, fault.family, fault.rows, fault.shape_name, truth_told(fault), date=today())
    try:
        values = inputs(fault)
        apply(ground.shape, fault)
        wait_until_it_bites(fault)
    except LabError as error:
        return Trial(replace(blank, why_not_bitten=str(error), total_seconds=time.monotonic() - begun), is_over=False)
    try:
        with record(ground.shape, fault) as folder, traffic(ground.shape) if fault.traffic else nullcontext():
            said = diagnose(ground.shape, folder, fault.without, ("--probe",) if fault.probe else ())
    except LabError as error:
        return Trial(replace(blank, said=str(error), total_seconds=time.monotonic() - begun), is_over=False)
    judged = replace(
        blank,
        said=str(said),
        judgement=judge(fault, said),
        seconds=said.seconds,
        istioctl=shown(ground.usual, look(ground.shape)),
    )
    left, mended = _mended(ground, fault, said, values)
    outcome = replace(judged, **mended, total_seconds=time.monotonic() - begun)
    return Trial(outcome, is_over=left == () and outcome.mending is not Mending.NOT_GREEN and not fault.undo)


def _mended(
    ground: Ground, fault: Fault, said: Diagnosis, values: dict[str, str]
) -> tuple[tuple[Difference, ...] | None, dict[str, object]]:
    """Return what differs after the mending, if that is known, and the fields of the outcome that tell of it."""
    if fault.is_healthy:
        return None, {"mending": Mending.NOTHING}
    try:
        execute(said.steps, values)
        by_hand(fault.by_hand)
        wait_until_green(ground.shape)
        left = differences(ground.shape, ground.objects, snapshot(ground.shape))
        if surplus := not_to_be_left(left, fault.leaves):
            raise LabError(f"not as before: {'; '.join(surplus)}")
    except LabError as error:
        return None, {"mending": Mending.NOT_GREEN, "why_not_green": str(error)}
    return left, {"mending": Mending.BY_HAND if fault.by_hand else Mending.GREEN}

"""Faults in turn: each shape is brought up once, and every fault finds a healthy mesh."""

import logging
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace

from lab.e2e.diagnosis import diagnose
from lab.e2e.mending import wait_until_green
from lab.e2e.outcome import Health, Outcome, today
from lab.e2e.recording import fault_recording, health_recording, no_recording
from lab.e2e.trial import Ground, Trial, attempt, survey
from lab.faults.entry import Fault
from lab.faults.injection import undo
from lab.mesh.trust import KEPT
from lab.processes import LabError
from lab.restarts import restart_mesh
from lab.running import bring_up, running_shape
from lab.shape import Shape
from lab.shapes import SHAPES, of_versions

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tried, on which versions of Istio, in meshes in use or plain ones; `record`: to make fixtures."""

    faults: tuple[Fault, ...]
    healthy_shapes: tuple[Shape, ...]
    record: bool = False
    istio: tuple[str, ...] = ()
    noise: bool = True

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes it needs, the one that is up first."""
        wanted = {*self.healthy_shapes, *(fault.shape for fault in self.faults)}
        chosen = (of_versions(shape, self.istio) for shape in SHAPES if shape in wanted)
        shapes = (replace(shape, noise=self.noise) for shape in chosen)
        return tuple(sorted(shapes, key=lambda shape: not _is_up(shape)))

    def faults_of(self, shape: Shape) -> tuple[Fault, ...]:
        """Return the faults that are put into a shape: those that its versions can have."""
        of_shape = (fault for fault in self.faults if fault.shape_name == shape.name)
        return tuple(fault for fault in of_shape if not fault.impossible_on(shape.versions))


def carry_out(plan: Plan) -> Iterator[Health | Outcome]:
    """Yield what came of every healthy shape and of every fault, as it comes; a shape that fails keeps none other."""
    for shape in plan.shapes:
        try:
            yield from _on_shape(shape, plan)
        except LabError as error:
            yield Health(shape.name, today(), is_clean=False, said=str(error), seconds=0.0)


def _on_shape(shape: Shape, plan: Plan) -> Iterator[Health | Outcome]:
    fresh(shape)
    yield _health(shape, record=plan.record)
    faults = plan.faults_of(shape)
    if not faults:
        return
    ground = survey(shape)
    for fault in faults:
        trial = attempt(ground, fault, fault_recording if plan.record else no_recording)
        yield trial.outcome
        if not trial.is_over:
            ground = _restored(ground, fault, trial)


def fresh(shape: Shape) -> None:
    """Have the shape up and healthy: the one that is, or a new one."""
    if _is_up(shape) and KEPT.is_dir():
        try:
            wait_until_green(shape, 5)
        except LabError as error:
            log.info("the lab that is up is not healthy: %s", error)
        else:
            return
    bring_up(shape)
    wait_until_green(shape)


def _health(shape: Shape, record: bool) -> Health:
    with health_recording(shape) if record else nullcontext() as folder:
        said = diagnose(shape, folder)
    return Health(shape.name, today(), said.is_clean, str(said), said.seconds)


def _restored(ground: Ground, fault: Fault, trial: Trial) -> Ground:
    """Take the fault out; a mesh that does not recover is restarted, and then brought up anew."""
    begun = time.monotonic()
    try:
        undo(ground.shape, fault, ground.objects)
        wait_until_green(ground.shape, 20)
    except LabError as error:
        log.info("%s: restarting the mesh: %s", fault.name, error)
        return _restarted(ground)
    log.info("%s: restored in %.0f s", trial.outcome.fault, time.monotonic() - begun)
    return ground


def _restarted(ground: Ground) -> Ground:
    try:
        restart_mesh(ground.shape)
        wait_until_green(ground.shape)
    except LabError as error:
        log.info("bringing the lab up anew: %s", error)
        bring_up(ground.shape)
        wait_until_green(ground.shape)
        return survey(ground.shape)
    return ground


def _is_up(shape: Shape) -> bool:
    try:
        return running_shape() == shape
    except LabError:
        return False

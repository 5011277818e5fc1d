"""The lab as a whole: built, brought up in a shape, and which shape that is."""

import json
import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lab.ageing import age
from lab.artifacts.programs import HELLO, KREW, KUBERNETES, built, istio
from lab.artifacts.store import store
from lab.cloud.daemon import start_cloud
from lab.clusters.namespaces import remove_all
from lab.clusters.start import start_clusters, wait_for_nodes
from lab.machine import prepare_machine
from lab.mesh.install import install_mesh
from lab.places import RUN, SECOND
from lab.processes import LabError, wait_for
from lab.shape import Shape
from lab.shapes import PLAIN, of_versions, shape_named
from lab.traffic import wait_until_healthy

MARK = RUN / "shape"
VERSIONS = RUN / "versions.json"
TURN = f"\0mcdiag-lab{SECOND}"
TURN_SECONDS = 600.0
log = logging.getLogger(__name__)


def build(shape: Shape = PLAIN) -> None:
    """Install and build whatever the lab needs for this shape and is not there yet."""
    prepare_machine()
    for toolset in (KUBERNETES, *map(istio, shape.versions), KREW, HELLO):
        built(toolset)
    for cluster in shape.clusters:
        store(cluster.versions)


def bring_up(shape: Shape) -> None:
    """Bring up a mesh of this shape, healthy; whatever lab is up goes first."""
    build(shape)
    with _alone():
        start_clusters(shape)
        start_cloud(shape.clusters)
        wait_for_nodes(shape)
        install_mesh(shape)
        if shape.noise:
            age(shape)
        for judgement in wait_until_healthy(shape):
            log.info("%s", judgement)
        VERSIONS.write_text(json.dumps({"istio": shape.istio, "istioctl": shape.istioctl, "noise": shape.noise}))
        MARK.write_text(shape.name)


def take_down() -> None:
    """Remove every trace of the lab but what is built."""
    with _alone():
        remove_all()


def running_shape() -> Shape:
    """Return the shape of the lab that is up; raise where none is, or one that never came up whole."""
    if not MARK.exists():
        raise LabError(f"no lab is up: {sys.argv[0]} up")
    shape = shape_named(MARK.read_text())
    if not VERSIONS.exists():
        return shape
    chosen = json.loads(VERSIONS.read_text())
    return replace(of_versions(shape, tuple(chosen["istio"]), chosen["istioctl"]), noise=chosen.get("noise", False))


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lab's only turn: a name that leaves no file behind and is free again when its holder dies."""
    with socket.socket(socket.AF_UNIX) as turn:

        def taken() -> bool:
            try:
                turn.bind(TURN)
            except OSError:
                return False
            return True

        wait_for(taken, "another `lab up` or `lab down` ends", TURN_SECONDS)
        yield

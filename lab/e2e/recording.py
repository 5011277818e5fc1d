"""Fixtures made by the tool's own recorder, while a fault is in the mesh."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab.faults.entry import MISSING, Fault, Truth
from lab.places import RUN
from lab.shape import Shape

FIXTURES = Path(__file__).parents[2] / "fixtures"
KEPT = "expected.yaml"
Recording = AbstractContextManager[Path | None]


@contextmanager
def no_recording(_shape: Shape, _fault: Fault) -> Iterator[None]:
    """Record nothing."""
    yield None


@contextmanager
def fault_recording(shape: Shape, fault: Fault) -> Iterator[Path]:
    """Give a folder to record in; what was recorded replaces the fault's fixture, with its truth beside it."""
    with _replacing(_place(shape) / fault.name) as folder:
        yield folder
        if truth := _truth(fault):
            text = yaml.safe_dump(truth, allow_unicode=True, sort_keys=False)
            (folder / "truth.yaml").write_text(text, "utf-8")


def health_recording(shape: Shape) -> Recording:
    """Give a folder to record a healthy shape in; what was recorded replaces its fixture."""
    return _replacing(_place(shape) / f"healthy-{shape.name.removeprefix('multi-primary-')}")


def _place(shape: Shape) -> Path:
    """Return the folder of the fixtures of the shape's versions of Istio."""
    return FIXTURES / "-".join(dict.fromkeys(shape.istio))


@contextmanager
def _replacing(final: Path) -> Iterator[Path]:
    """Replace a fixture by what is recorded, but for what a person has to look at."""
    with tempfile.TemporaryDirectory(dir=RUN) as place:
        folder = Path(place) / final.name
        yield folder
        if (final / KEPT).exists():
            shutil.copy(final / KEPT, folder / KEPT)
        shutil.rmtree(final, ignore_errors=True)
        shutil.copytree(folder, final)


def _truth(fault: Fault) -> list[dict[str, Any]]:
    """Return what the tests hold a fixture to: nothing where no check can name the fault yet."""
    if any(truth.code == MISSING for truth in fault.truths):
        return []
    return [_plain(truth) for truth in fault.truths]


def _plain(truth: Truth) -> dict[str, Any]:
    return {"code": truth.code, "status": truth.status, "pairs": sorted(truth.pairs)}

"""What is tried: a state of the mesh, and the recording whose steps are printed for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.e2e.recording import FIXTURES
from lab.faults.entry import Fault
from lab.faults.reading import faults
from lab.shape import Shape

_ALONE = Path(__file__).parent / "recorded.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, put into the lab or only taken for the objects that a recording's steps are about."""

    fixture: Path
    fault: Fault

    @property
    def is_recorded(self) -> bool:
        """Whether there is a recording of it."""
        return self.fixture.is_dir()


def cases(shape: Shape) -> Iterator[Case]:
    """Yield the faults of a shape, and the recordings with steps that none of them has made."""
    versions = "-".join(dict.fromkeys(shape.istio))
    for fault in faults():
        if fault.shape_name == shape.name and not fault.impossible_on(shape.versions):
            yield Case(FIXTURES / versions / fault.name, fault)
    yield from (case for case in alone() if case.fault.shape_name == shape.name)


def alone() -> Iterator[Case]:
    """Yield recordings with steps that no fault of the lab has made, and what makes the objects they are about."""
    entries: list[dict[str, Any]] = yaml.safe_load(_ALONE.read_text("utf-8"))
    for entry in entries:
        place = FIXTURES / entry.pop("recording")
        about = {"family": "recorded", "rows": (), "about": "A recording.", "bites": (), "truths": ()}
        yield Case(place, Fault(name=place.name, **{"apply": ":", **about, **entry}))

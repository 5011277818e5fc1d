"""What came of one fault, and of one healthy shape, as they are kept in docs/accuracy.json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from lab.e2e.judgement import Judgement
from lab.faults.entry import Fault

UNJUDGED = Judgement(first=False, named=False, pairs=False, false=())


class Mending(Enum):
    """What became of the printed steps."""

    GREEN = "green"
    NOT_GREEN = "not green"
    BY_HAND = "by hand"
    NOTHING = "nothing to mend"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault in one run. `why_not_bitten` is empty where its effect was seen; without it nothing else counts.

    `said`: what mcdiag named. `why_not_green`: what was left after its steps. `seconds`: of the first check.
    `istioctl`: for each command the first line that differs from the healthy mesh, or nothing.
    """

    fault: str
    family: str
    rows: tuple[str, ...]
    shape: str
    truth: str
    date: str
    why_not_bitten: str = ""
    said: str = ""
    judgement: Judgement = UNJUDGED
    mending: Mending = Mending.NOT_GREEN
    why_not_green: str = ""
    seconds: float = 0.0
    total_seconds: float = 0.0
    istioctl: Mapping[str, str] = field(default_factory=dict)

    @property
    def bit(self) -> bool:
        """Whether its effect was seen."""
        return not self.why_not_bitten

    @property
    def is_well(self) -> bool:
        """Whether it bit, was judged rightly and was mended by the printed steps where they can."""
        return self.bit and self.judgement.is_right and self.mending is not Mending.NOT_GREEN


@dataclass(frozen=True, slots=True)
class Health:
    """One healthy shape in one run: whether nothing at all was found wrong with it."""

    shape: str
    date: str
    is_clean: bool
    said: str
    seconds: float


def today() -> str:
    """Return the day that a result is noted under."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def truth_told(fault: Fault) -> str:
    """Return the truth of a fault in a few words."""
    if fault.is_healthy:
        return " ".join(("healthy", *(truth.code for truth in fault.notes)))
    return " + ".join(truth.code for truth in fault.causes)

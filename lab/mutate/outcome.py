"""What came of one mutation, as it is kept: one line of JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.judgement import Verdict
from lab.mutate.truth import Fate


class Mended(Enum):
    """What became of the printed steps."""

    YES = "mended"
    NO = "not mended"
    INPUT = "needs input"
    OUTSIDE = "outside the clusters"
    NOTHING = "nothing to mend"


@dataclass(frozen=True, slots=True)
class Trial:
    """Which mutation of which run: everything that repeats it."""

    istio: str
    shape: str
    seed: int
    index: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mutation in one run.

    `named`: whether the first root cause names a changed object; None where no call fails.
    `said`: the root causes. `why`: what was left where the steps did not mend. `void`: why it does not count.
    """

    trial: Trial
    families: tuple[str, ...]
    about: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    exit_code: int = 0
    said: tuple[str, ...] = ()
    named: bool | None = None
    mended: Mended = Mended.NOTHING
    why: str = ""
    void: str = ""
    seconds: float = 0.0
    total_seconds: float = 0.0
    recording: str = ""

    @property
    def fails(self) -> bool:
        """Whether calls between clusters failed."""
        return any(verdict.fate is Fate.FAILING for verdict in self.verdicts)

    @property
    def tried(self) -> bool:
        """Whether steps may have been run."""
        return bool(self.void) or self.mended in (Mended.YES, Mended.NO, Mended.INPUT)

    @property
    def misses(self) -> tuple[str, ...]:
        """What is wrong with what was said, the worst first."""
        kinds = {
            "false green": any(verdict.false_green for verdict in self.verdicts),
            "only warned": any(verdict.only_warned for verdict in self.verdicts),
            "false alarm": any(verdict.false_alarm for verdict in self.verdicts),
            "not named first": self.named is False,
            "not mended": self.mended is Mended.NO,
            "not judged": any(verdict.not_judged for verdict in self.verdicts),
        }
        return tuple(kind for kind, holds in kinds.items() if holds)


def blank(trial: Trial, mutations: Iterable[Mutation]) -> Outcome:
    """Return the outcome of mutations of which nothing is known yet."""
    made = tuple(mutations)
    return Outcome(
        trial,
        tuple(one.family for one in made),
        tuple(one.about for one in made),
        tuple(str(subject) for one in made for subject in one.subjects),
    )


def as_line(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as plain values."""
    plain: dict[str, Any] = _plain(asdict(outcome))
    return plain


def from_line(line: Mapping[str, Any]) -> Outcome:
    """Return the outcome that a line holds."""
    verdicts = tuple(Verdict(**{**one, "fate": Fate(one["fate"])}) for one in line["verdicts"])
    tuples = {name: tuple(line[name]) for name in ("families", "about", "subjects", "said")}
    read = {"trial": Trial(**line["trial"]), "verdicts": verdicts, "mended": Mended(line["mended"])}
    return Outcome(**{**line, **tuples, **read})


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value

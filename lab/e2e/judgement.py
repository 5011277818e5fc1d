"""A diagnosis against the truth that was written before it."""

from dataclasses import dataclass

from lab.e2e.diagnosis import BROKEN, CLEAN, Cause, Diagnosis
from lab.faults.entry import Fault, Truth


@dataclass(frozen=True, slots=True)
class Judgement:
    """How right a diagnosis is.

    `first`: the first root cause is a true one and the exit code fits; of a healthy mesh: nothing but the note.
    `named`: every true root cause is named, be it under another. `pairs`: every true one has its pairs.
    `false`: codes of root causes beside the true ones.
    """

    first: bool
    named: bool
    pairs: bool
    false: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing is to be wished for."""
        return self.first and self.named and self.pairs and not self.false


def judge(fault: Fault, said: Diagnosis) -> Judgement:
    """Compare what was said with what is true."""
    true = {truth.code for truth in fault.causes}
    false = tuple(sorted({cause.code for cause in said.causes} - true))
    if fault.is_healthy:
        noted = {truth.code for truth in fault.notes} <= set(said.notes)
        quiet = not said.causes and said.exit_code == CLEAN
        return Judgement(quiet and noted, noted, set(said.pairs.values()) == {"pass"}, false)
    first = bool(said.causes) and said.causes[0].code in true and said.exit_code == _exit_code(fault)
    return Judgement(
        first,
        all(_is_named(truth, said) for truth in fault.causes),
        all(_has_pairs(truth, said.causes) for truth in fault.causes),
        false,
    )


def _exit_code(fault: Fault) -> int:
    return BROKEN if any(truth.status == "fail" for truth in fault.causes) else CLEAN


def _is_named(truth: Truth, said: Diagnosis) -> bool:
    return any(truth.code in (cause.code, *cause.consequences) for cause in said.causes)


def _has_pairs(truth: Truth, causes: tuple[Cause, ...]) -> bool:
    same = [cause for cause in causes if (cause.code, cause.status) == (truth.code, truth.status)]
    return bool(same) and frozenset().union(*(cause.pairs for cause in same)) == truth.pairs

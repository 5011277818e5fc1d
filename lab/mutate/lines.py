"""Outcomes as lines of JSON: those of a run under build/, the last figures of each version, shape and seed in docs/."""

import json
from collections.abc import Iterable
from pathlib import Path

from lab.mutate.outcome import Outcome, as_line, from_line

LINES = Path(__file__).parents[2] / "docs" / "mutations.jsonl"


def append(path: Path, outcome: Outcome) -> None:
    """Add an outcome to the file of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(_text(outcome))


def read(path: Path) -> tuple[Outcome, ...]:
    """Return the outcomes that a file holds; none where there is no file."""
    if not path.exists():
        return ()
    return tuple(from_line(json.loads(line)) for line in path.read_text("utf-8").splitlines())


def keep(outcomes: Iterable[Outcome]) -> None:
    """Keep outcomes in docs/, each in place of an earlier one of the same version, shape, seed and number."""
    found = {outcome.trial: outcome for outcome in (*read(LINES), *outcomes)}
    ordered = sorted(
        found.values(), key=lambda one: (one.trial.istio, one.trial.shape, one.trial.seed, one.trial.index)
    )
    LINES.write_text("".join(map(_text, ordered)), "utf-8")


def _text(outcome: Outcome) -> str:
    return json.dumps(as_line(outcome), ensure_ascii=False) + "\n"

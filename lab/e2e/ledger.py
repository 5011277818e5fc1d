"""docs/accuracy.json: the last outcome of every fault and healthy shape, so that a partial run keeps the others."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.e2e.judgement import Judgement
from lab.e2e.outcome import Health, Mending, Outcome


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is known: outcomes and healths by name, and the versions of what was tried last."""

    versions: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    healths: Mapping[str, Health] = field(default_factory=dict)

    def noting(self, found: Health | Outcome) -> "Ledger":
        """Return the ledger with one more result in place of the earlier one."""
        if isinstance(found, Health):
            return replace(self, healths={**self.healths, found.shape: found})
        return replace(self, outcomes={**self.outcomes, found.fault: found})

    def keeping(self, faults: Iterable[str]) -> "Ledger":
        """Return the ledger without faults that there are no longer, in the order of those that there are."""
        return replace(self, outcomes={name: self.outcomes[name] for name in faults if name in self.outcomes})


def load(path: Path) -> Ledger:
    """Return what was kept; nothing where there is no file yet."""
    if not path.exists():
        return Ledger()
    kept = json.loads(path.read_text("utf-8"))
    return Ledger(
        kept["versions"],
        {one["fault"]: _outcome(one) for one in kept["faults"]},
        {one["shape"]: Health(**one) for one in kept["shapes"]},
    )


def store(path: Path, ledger: Ledger) -> None:
    """Keep the ledger."""
    kept = {
        "versions": ledger.versions,
        "shapes": [_rounded(asdict(one)) for one in ledger.healths.values()],
        "faults": [_rounded(asdict(one)) for one in ledger.outcomes.values()],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _outcome(kept: Mapping[str, Any]) -> Outcome:
    judgement = {**kept["judgement"], "false": tuple(kept["judgement"]["false"])}
    read = {"rows": tuple(kept["rows"]), "judgement": Judgement(**judgement), "mending": Mending(kept["mending"])}
    return Outcome(**{**kept, **read})


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 1) if isinstance(value, float) else value.value if isinstance(value, Mending) else value
        for key, value in record.items()
    }

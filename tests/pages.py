"""The generated pages: what every check says, and which row of the failure catalogue is proven by what."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from kubectl_mcdiag.checks.catalogue import CHECKS, FAMILIES
from kubectl_mcdiag.checks.contract import Check
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from kubectl_mcdiag.report import Style
from kubectl_mcdiag.report.references import section, url
from kubectl_mcdiag.report.text.report import text
from kubectl_mcdiag.verdict.judge import report
from lab.faults.entry import Fault
from lab.faults.reading import faults
from tests.scenarios import FIXTURES, Scenario, scenarios, snapshot

ROOT = Path(__file__).parent.parent
ROWS = ROOT / "docs" / "rows.yaml"
README = ROOT / "README.md"
DEMO = "1.31/remote-secret-missing"
PROMPT = "$ kubectl mcdiag check --context cluster1,cluster2\n"
GENERATED = "<!-- Made by `make docs` from the checks, the scenarios and the lab's faults. -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the failure catalogue and what proves that it is told from the others."""

    key: str
    title: str
    undecidable: str
    checks: tuple[str, ...]
    recorded: tuple[str, ...]
    edited: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def is_decided(self) -> bool:
        """Whether a check names it in a scenario or in a real mesh."""
        return bool(self.checks and (self.recorded or self.edited or self.faults))


def readme_page() -> str:
    """Return `README.md` with what the demo prints in its place."""
    written = text(report(snapshot(Scenario(FIXTURES / DEMO)), CHECKS), Style(80, False, False))
    before, prompt, after = README.read_text("utf-8").partition(PROMPT)
    return f"{before}{prompt}{written}```{after.partition('```')[2]}"


def families_page() -> str:
    """Return `docs/families/README.md`: the families, and every check by code."""
    families = [f"* [{_title(family)}]({_name(family)}.md): {len(family.RULES)} checks" for family in FAMILIES]
    rows = [
        f"| [{check.code}]({check.family}.md#{check.code.lower()}) | {check.family} | {check.title} |"
        for check in sorted(CHECKS, key=lambda check: check.code)
    ]
    head = f"# Checks by family\n\n{GENERATED}\n\n{len(CHECKS)} checks; `kubectl mcdiag explain CODE` shows each.\n"
    table = ["| code | family | true when all is well |", "| --- | --- | --- |", *rows]
    return "\n".join((head, *families, "", *table)) + "\n"


def family_page(family: ModuleType) -> str:
    """Return the page of one family: its introduction, and the page of each of its checks, causes first."""
    _, _, introduction = (family.__doc__ or "").strip().partition("\n\n")
    codes = {rule.CHECK.code for rule in family.RULES}
    checks = "".join(_check(check) for check in CHECKS if check.code in codes)
    return f"# {_title(family)}\n\n{GENERATED}\n\n{introduction}\n{checks}"


def _name(family: ModuleType) -> str:
    return family.__name__.rpartition(".")[2]


def _title(family: ModuleType) -> str:
    return (family.__doc__ or "").partition(":")[0]


def _check(check: Check) -> str:
    text = (sys.modules[check.run.__module__].__doc__ or "").strip()
    reads = ", ".join(f"`{command.key}`" for command in check.reads)
    rows = f"[rows](../coverage.md) {', '.join(check.rows)}; " if check.rows else ""
    link = f"Docs: [{section(check)}]({url(check)}); {rows}reads {reads}."
    return f'\n## <a id="{check.code.lower()}"></a>{check.code}: {check.title}\n\n{text}\n\n{link}\n'


def coverage_page() -> str:
    """Return `docs/coverage.md`: each row with its checks, scenarios and lab faults, and the sums."""
    rows = coverage()
    lines = [
        "| row | what goes wrong | checks | recorded | edited | faults in the lab |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_line(row) for row in rows),
    ]
    undecided = [f"* {row.key} {row.title}: {row.undecidable}" for row in rows if row.undecidable]
    why = ["", "## Not to be decided by reading", "", *(undecided or ["None."])]
    return "\n".join(["# Coverage", "", GENERATED, "", _sums(rows), "", *lines, *why]) + "\n"


def _sums(rows: tuple[Row, ...]) -> str:
    decided = [row for row in rows if row.is_decided]
    return (
        f"Of {len(rows)} rows {len(decided)} are decided: {sum(bool(row.recorded) for row in decided)} on recorded"
        f" scenarios, {sum(bool(row.edited) and not row.recorded for row in decided)} on edited ones only,"
        f" {sum(bool(row.faults) for row in decided)} by a fault in a real mesh;"
        f" {sum(bool(row.undecidable) for row in rows)} cannot be decided by reading."
    )


def _line(row: Row) -> str:
    cells = (row.checks, row.recorded, row.edited, row.faults)
    return f"| {row.key} | {row.title} | " + " | ".join(", ".join(cell) for cell in cells) + " |"


def coverage() -> tuple[Row, ...]:
    """Return all rows in the catalogue's order."""
    named: Any = load_yaml(ROWS.read_text("utf-8"))
    return tuple(_row(key, entry) for key, entry in named.items())


def _row(key: str, entry: dict[str, str]) -> Row:
    codes = tuple(check.code for check in CHECKS if key in check.rows)
    proofs = [(scenario, scenario.is_recorded) for scenario, code, row in proven() if row == key and code in codes]
    return Row(
        key=key,
        title=entry["title"],
        undecidable=entry.get("undecidable", ""),
        checks=codes,
        recorded=tuple(dict.fromkeys(scenario.path.name for scenario, real in proofs if real)),
        edited=tuple(dict.fromkeys(scenario.path.name for scenario, real in proofs if not real)),
        faults=tuple(
            fault.name for fault in _faults() if key in fault.rows and {truth.code for truth in fault.truths} & {*codes}
        ),
    )


@cache
def proven() -> tuple[tuple[Scenario, str, str], ...]:
    """Return every scenario with the code that its truth names and a row that this stands for."""
    return tuple((scenario, code, row) for scenario in scenarios() for code, row in _truths(scenario))


def _truths(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield code and row: the truth's own `rows`, else those of the fault of this name, else the check's only one."""
    own = {check.code: check.rows for check in CHECKS}
    for truth in scenario.truths:
        code = truth["code"]
        of_check = own.get(code, ())
        listed = truth.get("rows") or _rows_of_faults()[scenario.path.name] or of_check[: len(of_check) == 1]
        yield from ((code, row) for row in listed if row in of_check)


@cache
def _rows_of_faults() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    found.update({fault.name: fault.rows for fault in _faults()})
    return found


@cache
def _faults() -> tuple[Fault, ...]:
    return faults()

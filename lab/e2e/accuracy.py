"""Where docs/accuracy.md comes from: the ledger of faults, and the outcomes of mutations."""

from pathlib import Path

from lab.e2e.ledger import Ledger
from lab.e2e.page import page
from lab.mutate.lines import LINES, read
from lab.mutate.page import section

DOCS = Path(__file__).parents[2] / "docs"
NOTES = DOCS / "chance.md"
LEDGER = DOCS / "accuracy.json"


def write_page(kept: Path, ledger: Ledger) -> None:
    """Write the page beside a ledger; that of the newest version tells of mutations as well."""
    chance = section(read(LINES), NOTES.read_text("utf-8") if NOTES.exists() else "") if kept == LEDGER else ""
    kept.with_suffix(".md").write_text(page(ledger) + chance, "utf-8")

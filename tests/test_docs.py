"""The generated pages are current (`make docs` writes them), and the rows they count are those of the catalogue."""

from pathlib import Path

import pytest

from kubectl_mcdiag.checks import CHECKS
from tests.pages import checks_page, coverage, coverage_page

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize(("name", "page"), [("checks.md", checks_page), ("coverage.md", coverage_page)])
def test_page_is_current(name: str, page: object, request: pytest.FixtureRequest) -> None:
    assert callable(page)
    text = page()
    if request.config.getoption("--update"):
        (DOCS / name).write_text(text, "utf-8")

    assert (DOCS / name).read_text("utf-8") == text, "it is out of date: make docs"


def test_every_row_that_a_check_names_exists() -> None:
    assert {row for check in CHECKS for row in check.rows} <= {row.key for row in coverage()}


def test_row_is_decided_or_said_to_be_undecidable_and_never_both() -> None:
    assert [row.key for row in coverage() if row.is_decided and row.undecidable] == []

"""The generated pages are current (`make docs` writes them), and the rows they count are those of the catalogue."""

from collections.abc import Callable

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from tests.pages import ROOT, checks_page, coverage, coverage_page, readme_page

PAGES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("README.md", readme_page),
    ("docs/checks.md", checks_page),
    ("docs/coverage.md", coverage_page),
)


@pytest.mark.parametrize(("name", "page"), PAGES, ids=[name for name, _ in PAGES])
def test_page_is_current(name: str, page: Callable[[], str], request: pytest.FixtureRequest) -> None:
    path, text = ROOT / name, page()
    if request.config.getoption("--update"):
        path.write_text(text, "utf-8")

    assert path.read_text("utf-8") == text, "it is out of date: make docs"


def test_every_row_that_a_check_names_exists() -> None:
    assert {row for check in CHECKS for row in check.rows} <= {row.key for row in coverage()}


def test_row_is_decided_or_said_to_be_undecidable_and_never_both() -> None:
    assert [row.key for row in coverage() if row.is_decided == bool(row.undecidable)] == []

"""The generated pages are current (`make docs` writes them), and the rows they count are those of the catalogue."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS, FAMILIES
from tests.pages import ROOT, coverage, coverage_page, families_page, family_page, readme_page

FAMILY_PAGES = tuple(
    (f"docs/families/{family.__name__.rpartition('.')[2]}.md", partial(family_page, family)) for family in FAMILIES
)
PAGES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("README.md", readme_page),
    ("docs/coverage.md", coverage_page),
    ("docs/families/README.md", families_page),
    *FAMILY_PAGES,
)
WRITTEN = sorted(path for pattern in ("*.md", "docs/**/*.md", "lab/*.md") for path in ROOT.glob(pattern))
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)]*)?\)")
PLACE = re.compile(r"`((?:kubectl_mcdiag|tests|lab|docs|fixtures|examples|evidence|release)/[\w./-]*)`")
TARGET = re.compile(r"`make ([a-z][a-z0-9-]*)")


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


@pytest.mark.parametrize("page", WRITTEN, ids=[path.relative_to(ROOT).as_posix() for path in WRITTEN])
def test_page_names_what_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()}

    assert [link for link, _ in LINK.findall(text) if link and not (page.parent / link).exists()] == []
    if page.name != "CHANGELOG.md":
        assert [place for place in PLACE.findall(text) if not _exists(place)] == []
        assert set(TARGET.findall(text)) <= targets


def _exists(place: str) -> bool:
    return (ROOT / place).exists() or (ROOT / "kubectl_mcdiag" / place).exists()


@pytest.mark.parametrize("page", WRITTEN, ids=[path.relative_to(ROOT).as_posix() for path in WRITTEN])
def test_headings_that_links_name_exist(page: Path) -> None:
    for link, anchor in LINK.findall(page.read_text("utf-8")):
        if anchor:
            text = ((page.parent / link) if link else page).read_text("utf-8")
            headings = {_anchor(head) for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
            assert anchor[1:] in headings | set(re.findall(r'id="([^"]+)"', text)), f"{page}: {link}{anchor}"


def _anchor(heading: str) -> str:
    """Return what GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")

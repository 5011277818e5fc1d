"""What the program says is English as Istio's documentation writes it: words of our own that we once had stay out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    r"mend\w*": "fix",
    r"told": "reported, named, set",
    r"anew": "again",
    r"learnt": "learned",
    r"c[ao]mes? about": "succeed, are made",
    r"doors?": "the Service, address or port itself",
    r"suspects?": "a failing remote secret",
    r"in vain": "without success",
    r"gets? at": "reach",
    r"in truth": "in fact",
    r"as yet": "so far",
    r"(?:the|no) way (?:to|into|in|out)|on the way|ways": "connections, routes, reasons",
    r"lets? (?:[\w'{}:|]+ ){0,4}?in(?= |\.|,|\")(?! (?:which|all|the other|Istio))": "admit, allow",
    r"passe?s? over": "ignore",
    r"(?:Guide|guide) T\d\w*|Catalogue [A-L]\d+": "the title of the page and its heading",
}
SOURCES = ("kubectl_mcdiag/**/*.py", "kubectl_mcdiag/**/*.json", "tests/checks/**/words.yaml")
PAGES = (
    "*.md",
    "docs/*.md",
    "docs/families/*.md",
    "docs/rows.yaml",
    "examples/*",
    "plugin.yaml",
    "Makefile",
    "lab/*.md",
)
EXEMPT = {
    "CHANGELOG.md": "its earlier lines stay",
    "docs/accuracy.md": "written by the lab",
    "docs/chance.md": "written by the lab",
    "docs/reliability.md": "written by make hostile",
}


def files() -> list[Path]:
    found = {path for pattern in (*SOURCES, *PAGES) for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.relative_to(ROOT).as_posix() not in EXEMPT)


def said(path: Path) -> str:
    """Return what stands in a file, without what another program says, in quotes, and without its own list of words."""
    text = path.read_text("utf-8")
    return text.partition("## Words")[0] if path.name == "CONTRIBUTING.md" else text


@pytest.mark.parametrize("pattern", OURS, ids=list(OURS.values()))
def test_word_of_our_own_is_not_used(pattern: str) -> None:
    word = re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files()
        for number, line in enumerate(said(path).splitlines(), 1)
        if word.search(line)
    ]

    assert found == [], f"write: {OURS[pattern]}"


def test_words_are_looked_for_where_they_were() -> None:
    assert len(files()) > 300

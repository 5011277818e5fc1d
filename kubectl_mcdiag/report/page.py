"""The other parts of the page: the mesh, its pairs, the checks, the commands that were run."""

from collections.abc import Iterable, Sequence

from kubectl_mcdiag.report.cards import badge, css_class
from kubectl_mcdiag.report.markup import Markup, element
from kubectl_mcdiag.report.mesh import LABELS, asides, cells, ends
from kubectl_mcdiag.report.picture import picture
from kubectl_mcdiag.report.words import cell_text, count
from kubectl_mcdiag.verdict.model import PairVerdict, Report, Run

LONG = 40


def mesh(report: Report) -> list[Markup]:
    """Show the picture of the mesh with the pairs next to it."""
    if not report.clusters:
        return [element("p", "No cluster was looked at.")]
    drawn = element("div", picture(report), class_="card")
    beside = element("div", _pairs(report), *_asides(report), class_="card")
    return [element("div", drawn, beside, class_="two")]


def clusters(report: Report) -> list[Markup]:
    """Show what is known of each cluster, a column each."""
    if not report.clusters:
        return []
    columns = [cells(cluster) for cluster in report.clusters]
    rows = [[label, *row] for label, *row in zip(LABELS, *columns, strict=True)]
    table = _table(["", *(cluster.context for cluster in report.clusters)], rows, "mesh")
    return [element("h2", "Clusters"), element("div", table, class_="card")]


def checks(report: Report) -> list[Markup]:
    """Show how every check came out."""
    rows = [
        [each.check.code, badge(each.status), each.check.title, each.reason]
        for each in sorted(report.results, key=lambda result: -result.status.rank)
    ]
    return _folded(count(len(rows), "check"), ("code", "", "expected", "why"), rows, "checks")


def commands(report: Report) -> list[Markup]:
    """Show every command that was run; all of them only read."""
    rows = [_command(run) for run in report.runs]
    heads = ("context", "command", "seconds", "")
    return _folded(f"{count(len(rows), 'command')} run", heads, rows, "commands")


def _folded(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> list[Markup]:
    if not rows:
        return []
    details = element("details", element("summary", title), _table(heads, rows, kind))
    return [element("div", details, class_="card")]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> Markup:
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in heads)))
    body = element("tbody", *(_row(row) for row in rows))
    return element("div", element("table", head, body, class_=kind), class_="scroll", tabindex="0")


def _row(row: Sequence[str]) -> Markup:
    first, *rest = row
    return element("tr", element("th", first, scope="row"), *(element("td", *_lines(cell)) for cell in rest))


def _lines(cell: str) -> list[Markup]:
    if isinstance(cell, Markup):
        return [cell]
    return [element("div", text) for text in cell.split("\n")]


def _asides(report: Report) -> list[Markup]:
    return [element("p", text, class_="dim") for text in asides(report)]


def _pairs(report: Report) -> Markup:
    if not report.pairs:
        return element("p", "No pair to judge: give two or more contexts.")
    verdicts = {(each.pair.source, each.pair.destination): each for each in report.pairs}
    names = ends(report)
    rows, heads = (names, names) if len("".join(names)) < LONG else _numbered(names)
    cells_by_row = [[_verdict(verdicts.get((source, to)), report) for to in names] for source in names]
    table = [[head, *row] for head, row in zip(rows, cells_by_row, strict=True)]
    return _table(["from ↓ to →", *heads], table, "pairs")


def _numbered(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names behind their numbers for the rows, and the numbers alone for the columns."""
    rows = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    return rows, [str(number) for number in range(1, len(names) + 1)]


def _verdict(each: PairVerdict | None, report: Report) -> Markup:
    if each is None:
        return element("span", "-", class_="skip")
    word = element("span", cell_text(each), class_="skip" if each.ignored else css_class(each.status))
    links = [_link(code, each, report) for code in each.root_causes]
    return element("div", word, *(part for link in links for part in (" ", link)))


def _link(code: str, each: PairVerdict, report: Report) -> Markup:
    """Link a code to the root cause of that code, best to the one that breaks this pair."""
    numbers = [
        (each.pair not in cause.finding.scope.pairs, number)
        for number, cause in enumerate(report.root_causes, start=1)
        if cause.check.code == code
    ]
    return element("a", code, href=f"#cause-{min(numbers)[1]}") if numbers else element("span", code)


def _command(run: Run) -> list[str]:
    return [run.context, element("code", run.command), f"{run.seconds:.2f}", run.failure]

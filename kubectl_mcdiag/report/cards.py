"""The cards of the page: root causes, notes, and what could not be judged."""

from collections.abc import Sequence

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.steps import Step, pasted
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.path.hop import State
from kubectl_mcdiag.report.markup import Markup, element
from kubectl_mcdiag.report.references import section, url
from kubectl_mcdiag.report.sentences import reasons
from kubectl_mcdiag.report.words import HOP, count, ignored_text, pair_text, places, remarks, several, where
from kubectl_mcdiag.verdict.model import Consequence, Report, RootCause, Unknown

OPEN_BELOW = 6
HOP_CLASS = {
    State.WORKS: "ok",
    State.IDLE: "skip",
    State.KEPT_AWAY: "warn",
    State.NOT_SEEN: "unknown",
    State.BROKEN: "fail",
}


def root_causes(report: Report) -> list[Markup]:
    """Show each root cause on a card, most explaining first."""
    cards = [_root_cause(number, cause) for number, cause in enumerate(report.root_causes, start=1)]
    return _section("Root causes", cards)


def notes(report: Report) -> list[Markup]:
    """Show what looks like a fault and is by design."""
    return _section("Notes: by design, not faults", [_note(each) for each in report.notes])


def ignored(report: Report) -> list[Markup]:
    """Show what the ignore file sets apart, and which of its entries had no effect."""
    known = [
        element("article", element("h3", ignored_text(each)), element("p", each.cause.finding.text), class_="card note")
        for each in report.ignored
    ]
    return _section("Ignored", [*known, *(element("p", text, class_="dim") for text in remarks(report))])


def unknowns(report: Report) -> list[Markup]:
    """Show what could not be judged, and why."""
    return _section("Could not be judged", [_unknown(each) for each in report.unknowns])


def badge(status: Status) -> Markup:
    """Return the status as a word in its colour."""
    word = "pass" if status is Status.PASS else status.value
    return element("span", word.upper(), class_=f"badge {css_class(status)}")


def css_class(status: Status) -> str:
    """Return the name by which the style sheet knows a status."""
    return "ok" if status is Status.PASS else status.value


def _section(title: str, cards: Sequence[Markup]) -> list[Markup]:
    return [element("h2", title), *cards] if cards else []


def _root_cause(number: int, cause: RootCause) -> Markup:
    finding = cause.finding
    title = f" {cause.check.code} {finding.headline}"
    return element(
        "article",
        element("h3", f"{number}. ", badge(finding.status), title),
        *(element("p", place, class_="dim where") for place in places(finding.scope)),
        *([element("p", str(finding.detail), class_="problem")] if finding.detail else []),
        *([element("p", str(finding.advice), class_="problem")] if finding.advice else []),
        *_path(cause),
        *(_evidence(each) for each in finding.evidence),
        *_steps(finding.fix),
        element("p", "Docs: ", element("a", section(cause.check), href=url(cause.check)), class_="dim"),
        *_consequences(cause.consequences),
        class_=f"card {css_class(finding.status)}",
        id=f"cause-{number}",
    )


def _path(cause: RootCause) -> list[Markup]:
    """Draw the path of one call that it breaks: a chain of hops, up to the broken one."""
    if cause.path is None:
        return []
    call = cause.path.call
    ends = element("span", f"{call.client} in {call.source}", class_="end")
    hops = [
        element("li", element("b", hop.kind.value), f" {HOP[hop.state]}", class_=HOP_CLASS[hop.state])
        for hop in cause.path.hops
    ]
    goal = element("span", f"{call.service}:{call.port} in {call.destination}", class_="end")
    return [element("div", ends, element("ol", *hops), goal, class_="path")]


def _evidence(each: Evidence) -> Markup:
    heading = element("h4", f"Evidence from {each.context}" if each.context else "Evidence")
    excerpt = [element("pre", each.excerpt, class_="excerpt", tabindex="0")] if each.excerpt else []
    kind = "shown" if excerpt else None
    return element("div", heading, element("div", _paste(each.command), *excerpt, class_=kind))


def _paste(command: str) -> Markup:
    button = element("button", "Copy", type="button", hidden="")
    return element("figure", element("pre", element("code", command)), button, class_="paste")


def _steps(steps: Sequence[Step]) -> list[Markup]:
    if not steps:
        return []
    return [
        element("h4", "Fix"),
        element("ol", *(_reason(*each) for each in reasons(steps)), class_="steps"),
        _paste(pasted(steps)),
    ]


def _reason(marks: tuple[str, ...], why: str) -> Markup:
    badges = [part for mark in marks for part in (element("span", mark, class_="badge warn"), " ")]
    return element("li", *badges, why)


def _consequences(consequences: Sequence[Consequence]) -> list[Markup]:
    if not consequences:
        return []
    summary = element("summary", f"{count(len(consequences), 'consequence')} of this")
    items = element("ul", *(element("li", _said(each)) for each in consequences))
    unfolded = "" if len(consequences) < OPEN_BELOW else None
    return [element("details", summary, items, open=unfolded)]


def _said(each: Consequence) -> str:
    status = each.finding.status.value.upper()
    return f"{each.check.code} {status} {where(each.finding.scope)}: {each.finding.text}"


def _note(each: Consequence) -> Markup:
    return element(
        "article",
        element("h3", badge(each.finding.status), f" {each.check.code} {where(each.finding.scope)}"),
        element("p", each.finding.text),
        *(_paste(evidence.command) for evidence in each.finding.evidence),
        class_="card note",
    )


def _unknown(each: Unknown) -> Markup:
    place = f"{several(each.clusters)}: " if each.clusters else ""
    pairs = several([pair_text(pair) for pair in each.pairs])
    touched = (("Checks", several(each.codes)), ("Pairs", pairs))
    return element(
        "article",
        element("p", badge(Status.UNKNOWN), f" {place}{each.reason}"),
        *([_paste(each.command)] if each.command else []),
        *(element("p", f"{word}: {names}", class_="dim where") for word, names in touched if names),
        class_="card unknown",
    )

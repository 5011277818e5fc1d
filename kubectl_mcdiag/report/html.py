"""The report as one page that needs nothing else: readable offline, on a phone, in light and dark."""

from base64 import b64encode
from hashlib import sha256

from kubectl_mcdiag import __version__
from kubectl_mcdiag.report import cards, page
from kubectl_mcdiag.report.assets import SCRIPT, STYLE
from kubectl_mcdiag.report.markup import Markup, element
from kubectl_mcdiag.report.sentences import fix_text, sentences, word
from kubectl_mcdiag.report.style import UNICODE, Style
from kubectl_mcdiag.report.words import checks_text, count, exit_text, moment
from kubectl_mcdiag.verdict.model import Report


def html(report: Report, style: Style) -> str:
    """Write the page; its policy allows its own style sheet and script, and nothing from anywhere."""
    title = f"kubectl mcdiag: {word(report)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    body = element("body", _main(report), element("script", Markup(SCRIPT)))
    text = f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"
    return text.encode("ascii", "xmlcharrefreplace").decode() if style.ascii else text


def _policy() -> str:
    return (
        f"default-src 'none'; style-src {_allowed(STYLE)}; script-src {_allowed(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _allowed(text: str) -> str:
    """Return the hash by which the policy names an inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _main(report: Report) -> Markup:
    return element(
        "main",
        *_verdict(report),
        *page.mesh(report),
        *cards.root_causes(report),
        *cards.notes(report),
        *cards.ignored(report),
        *cards.unknowns(report),
        *page.clusters(report),
        element("h2", "What was done"),
        *page.checks(report),
        *page.commands(report),
    )


def _verdict(report: Report) -> list[Markup]:
    seen = f"{count(len(report.clusters), 'cluster')} as of {moment(report)}, kubectl mcdiag {__version__}"
    first, *rest = sentences(report, UNICODE)
    say = [*rest, f"{checks_text(report)}; {exit_text(report)}", seen, report.origin]
    return [
        element("h1", cards.badge(report.status), f" {first}"),
        *_causes(report),
        *(element("p", text, class_="dim") for text in say if text),
    ]


def _causes(report: Report) -> list[Markup]:
    """Name every cause and how much its fix does, with a link to its card."""
    lines = [
        element(
            "li",
            element("a", each.finding.headline, href=f"#cause-{number}"),
            f" ({each.check.code}); fix: {fix_text(each, 'below')}",
        )
        for number, each in enumerate(report.root_causes, start=1)
    ]
    return [element("ol", *lines, class_="causes")] if lines else []

"""The report as JUnit XML: a suite for each family of rules, one failure for each root cause.

What a root cause explains is skipped and names it; `unknown` is an error, once for each reason; what the ignore file
sets apart is skipped; warnings and notes pass and say so as output. The pairs are properties of the first suite.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check, Finding
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.causes import body
from kubectl_mcdiag.report.markup import Markup, element, joined
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.report.words import cell_text, ignored_text, pair_text, several
from kubectl_mcdiag.verdict.model import Consequence, Report, Result

TEXT = Style()
PAIRS = "pairs"
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: `message` in a line, `text` in full."""

    suite: str
    name: str
    status: Status
    message: str = ""
    text: str = ""


def junit(report: Report, style: Style) -> str:
    """Write JUnit XML; width and colour do not matter to a program."""
    cases = [case for result in report.results for case in _cases(result, report)] + _unknowns(report)
    suites = {case.suite: [each for each in cases if each.suite == case.suite] for case in cases}
    written = [_pairs(report), *(_suite(name, inside, report) for name, inside in suites.items())]
    root = element("testsuites", *_lines(written), name="kubectl mcdiag", **_counts(cases))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'
    return text.encode("ascii", "xmlcharrefreplace").decode() if style.ascii else text


def _pairs(report: Report) -> Markup:
    """Return how the pairs stand, as properties of a suite without cases: they are no failures of their own."""
    written = [element("property", name="source", value=report.origin)] if report.origin else []
    written += [element("property", name=pair_text(each.pair), value=cell_text(each)) for each in report.pairs]
    return element("testsuite", element("properties", *_lines(written)), name=PAIRS, **_counts([]))


def _cases(result: Result, report: Report) -> list[Case]:
    """Return a case for each root cause of a check; where it has none, one for the check."""
    check = result.check
    causes = [cause.finding for cause in report.root_causes if cause.check.code == check.code]
    return [_cause(check, finding) for finding in causes] or [_case_without_cause(result, report)]


def _cause(check: Check, finding: Finding) -> Case:
    text = "\n".join(body(finding, TEXT))
    said = _line(finding.headline)
    return Case(check.family, f"{check.code} {said}", finding.status, said, text)


def _case_without_cause(result: Result, report: Report) -> Case:
    check = result.check
    suite, name = check.family, f"{check.code} {check.title}"
    explaining = [
        cause.check.code
        for cause in report.root_causes
        if any(each.check.code == check.code for each in cause.consequences)
    ]
    ignored = [ignored_text(each) for each in report.ignored if _concerns(each.cause.parts, check)]
    notes = [each.finding for each in report.notes if each.check.code == check.code]
    if explaining or ignored:
        why = f"explained by {several(tuple(dict.fromkeys(explaining)))}" if explaining else "; ".join(ignored)
        return Case(suite, name, Status.SKIP, why)
    if result.status is Status.UNKNOWN:
        return Case(suite, name, Status.SKIP, f"{NOT_JUDGED}: {result.reason}")
    return Case(suite, name, result.status, result.reason, "\n".join(_line(note.headline) for note in notes))


def _concerns(parts: Iterable[Consequence], check: Check) -> bool:
    return any(part.check.code == check.code for part in parts)


def _unknowns(report: Report) -> list[Case]:
    """Return a case for each reason why something could not be judged."""
    return [
        Case(
            NOT_JUDGED, f"{several(each.clusters) or 'mesh'}: {_line(each.reason)}", Status.UNKNOWN, _line(each.reason)
        )
        for each in report.unknowns
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _suite(name: str, cases: Sequence[Case], report: Report) -> Markup:
    written = [_case(case) for case in cases]
    stamp = f"{report.taken_at:%Y-%m-%dT%H:%M:%S}"
    return element("testsuite", *_lines(written), name=name, timestamp=stamp, **_counts(cases))


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    numbers = {
        "tests": len(cases),
        "failures": sum(case.status is Status.FAIL for case in cases),
        "errors": sum(case.status is Status.UNKNOWN for case in cases),
        "skipped": sum(case.status is Status.SKIP for case in cases),
    }
    return {name: str(number) for name, number in numbers.items()}


def _case(case: Case) -> Markup:
    outcome = _outcome(case)
    children = _lines([outcome]) if outcome else ()
    return element("testcase", *children, classname=case.suite, name=case.name, time="0")


def _outcome(case: Case) -> Markup | None:
    text = case.text or case.message
    if case.status is Status.FAIL:
        return element("failure", text, type="fail", message=case.message)
    if case.status is Status.UNKNOWN:
        return element("error", text, type="unknown", message=case.message)
    if case.status is Status.SKIP:
        return element("skipped", message=case.message)
    if case.status is Status.PASS:
        return None
    return element("system-out", ": ".join(filter(None, (case.status.value, text))))


def _lines(parts: Iterable[Markup]) -> Iterator[Markup]:
    """Put each part on a line of its own."""
    for part in parts:
        yield joined("\n", part)
    yield Markup("\n")

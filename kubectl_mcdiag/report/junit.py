"""The report as JUnit XML: a suite for the pairs and one for each check, a case for each cluster or pair.

`fail` is a failure, `unknown` an error; `skip`, and what the ignore file sets apart, is skipped; warnings and notes
pass and say so as output.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.report.causes import body
from kubectl_mcdiag.report.markup import Markup, element, joined
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.report.words import ignored_text, pair_text, several
from kubectl_mcdiag.verdict.model import PairVerdict, Report, Result, UnitResult

TEXT = Style()


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
    suites = [_pair_cases(report), *(_check_cases(result, report) for result in report.results)]
    suites.append(_other_unknowns(report))
    written = [_suite(cases, report) for cases in suites if cases]
    every = [case for cases in suites for case in cases]
    root = element("testsuites", *_lines(written), name="kubectl mcdiag", **_counts(every))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'
    return text.encode("ascii", "xmlcharrefreplace").decode() if style.ascii else text


def _pair_cases(report: Report) -> list[Case]:
    return [
        Case("pairs", pair_text(each.pair), _skipped(each.status, each.ignored), _pair_message(each, report))
        for each in report.pairs
    ]


def _skipped(status: Status, ignored: bool) -> Status:
    return Status.SKIP if ignored else status


def _pair_message(each: PairVerdict, report: Report) -> str:
    if each.ignored:
        return "; ".join(ignored_text(found) for found in report.ignored if found.cause.touches(each.pair))
    if each.status is Status.UNKNOWN:
        return "; ".join(unknown.reason for unknown in report.unknowns if each.pair in unknown.pairs)
    return f"root causes: {several(each.root_causes)}" if each.root_causes else ""


def _check_cases(result: Result, report: Report) -> list[Case]:
    """Return a case for each unit; where the units are not told apart, one for all of them."""
    suite = f"{result.check.code} {result.check.title}"
    units = result.units or (UnitResult(None, result.status, result.reason),)
    return [_unit_case(suite, result.check, unit, report) for unit in units]


def _unit_case(suite: str, check: Check, unit: UnitResult, report: Report) -> Case:
    found = [each for each in _findings(check, report) if _concerns(each, unit.unit)]
    known = [] if found else _ignored(check, unit.unit, report)
    problems = "; ".join(known) or "; ".join(" ".join(each.text.split()) for each in found)
    text = "\n\n".join("\n".join(body(each, TEXT)) for each in found)
    status = _skipped(unit.status, bool(known))
    return Case(suite, _unit_name(check, unit.unit), status, unit.reason or problems, text)


def _ignored(check: Check, unit: str | Pair | None, report: Report) -> list[str]:
    """Say which ignored root causes are, or explain, what this check found for the unit."""
    return [
        ignored_text(each)
        for each in report.ignored
        if any(part.check.code == check.code and _concerns(part.finding, unit) for part in each.cause.parts)
    ]


def _findings(check: Check, report: Report) -> list[Finding]:
    causes = ((cause.check, cause.finding) for cause in report.root_causes)
    others = (each for cause in report.root_causes for each in cause.consequences)
    rest = ((each.check, each.finding) for each in (*others, *report.notes))
    return [finding for by, finding in (*causes, *rest) if by.code == check.code]


def _concerns(finding: Finding, unit: str | Pair | None) -> bool:
    if unit is None:
        return True
    return unit in finding.scope.pairs if isinstance(unit, Pair) else unit in finding.scope.clusters


def _unit_name(check: Check, unit: str | Pair | None) -> str:
    if unit is None:
        return "mesh" if check.unit is Unit.MESH else f"every {check.unit.value}"
    return pair_text(unit) if isinstance(unit, Pair) else unit


def _other_unknowns(report: Report) -> list[Case]:
    """Return a case for each reason that no check and no pair speaks of."""
    alone = [each for each in report.unknowns if not each.codes and not each.pairs]
    return [Case("not judged", several(each.clusters) or "mesh", Status.UNKNOWN, each.reason) for each in alone]


def _suite(cases: Sequence[Case], report: Report) -> Markup:
    written = [_case(case) for case in cases]
    stamp = f"{report.taken_at:%Y-%m-%dT%H:%M:%S}"
    return element("testsuite", *_lines(written), name=cases[0].suite, timestamp=stamp, **_counts(cases))


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
    return (
        None
        if case.status is Status.PASS
        else element("system-out", ": ".join(filter(None, (case.status.value, text))))
    )


def _lines(parts: Iterable[Markup]) -> Iterator[Markup]:
    """Put each part on a line of its own."""
    for part in parts:
        yield joined("\n", part)
    yield Markup("\n")

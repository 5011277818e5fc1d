"""The report as Markdown, for an issue or a chat."""

import re
from collections.abc import Sequence

from kubectl_mcdiag import __version__
from kubectl_mcdiag.checks.contract import Evidence, Finding
from kubectl_mcdiag.checks.steps import Step, pasted
from kubectl_mcdiag.report.mesh import LABELS, asides, cells, ends, verdict_columns
from kubectl_mcdiag.report.references import section, url
from kubectl_mcdiag.report.sentences import fix_text, reasons, sentences, word
from kubectl_mcdiag.report.style import Glyphs, Style
from kubectl_mcdiag.report.words import (
    checks_text,
    count,
    exit_text,
    ignored_text,
    moment,
    next_text,
    pair_text,
    path_text,
    places,
    remarks,
    several,
    summarised,
    where,
)
from kubectl_mcdiag.verdict.model import Consequence, Report, RootCause, Unknown

SPECIAL = re.compile(r"[\\`*_\[\]<>|~#&]|^[-+=]|(?<=^\d)[.)]")


def markdown(report: Report, style: Style) -> str:
    """Write the report as GitHub's Markdown; a line is never folded."""
    glyphs = style.glyphs
    parts = (
        [*_verdict(report, glyphs), *_causes(report), *_about(report)],
        _matrix(report, glyphs),
        _section("Root causes", _root_causes(report, glyphs)),
        _section("Notes: by design, not faults", _notes(report, glyphs)),
        _section("Ignored", _ignored(report, glyphs)),
        _section("Could not be judged", [_unknown(each, glyphs) for each in report.unknowns]),
        [escaped(next_text(report))] if next_text(report) else [],
        _mesh(report),
    )
    return "\n\n".join(text for part in parts for text in part) + "\n"


def escaped(text: str) -> str:
    """Return one line of text that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _verdict(report: Report, glyphs: Glyphs) -> list[str]:
    first, *rest = (escaped(text) for text in sentences(report, glyphs))
    return [f"## {escaped(word(report))}: {first}", *rest]


def _causes(report: Report) -> list[str]:
    """Name every cause and how much its fix does in a line, before everything else."""
    lines = [
        f"- **{escaped(each.finding.headline)}** ({each.check.code}); fix: {escaped(fix_text(each, 'below'))}"
        for each in report.root_causes
    ]
    return ["\n".join(lines)] if lines else []


def _about(report: Report) -> list[str]:
    seen = f"{count(len(report.clusters), 'cluster')} as of {moment(report)}, version {__version__}"
    return [f"{seen}. {checks_text(report)}; {exit_text(report)}. {report.origin}".rstrip()]


def _section(title: str, parts: list[str]) -> list[str]:
    return [f"### {title}", *parts] if parts else []


def _mesh(report: Report) -> list[str]:
    columns = [cells(cluster) for cluster in report.clusters]
    heads = ["", *(cluster.context for cluster in report.clusters)]
    rows = [[label, *row] for label, *row in zip(LABELS, *columns, strict=True)]
    if not report.clusters:
        return ["No cluster was looked at."]
    inside = [_table(heads, rows), *map(escaped, asides(report))]
    return ["<details><summary>Clusters</summary>", *inside, "</details>"]


def _matrix(report: Report, glyphs: Glyphs) -> list[str]:
    names = ends(report)
    heads = [f"from {glyphs.down} to {glyphs.arrow}", *names]
    rows = [[name, *row] for name, *row in zip(names, *verdict_columns(report), strict=True)]
    return ["### Pairs", _table(heads, rows)] if names else []


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head, *body = (_row(row) for row in (heads, *rows))
    return "\n".join((head, "|" + " --- |" * len(heads), *body))


def _row(row: Sequence[str]) -> str:
    return "| " + " | ".join("<br>".join(map(escaped, cell.split("\n"))) for cell in row) + " |"


def _root_causes(report: Report, glyphs: Glyphs) -> list[str]:
    return [
        text for number, cause in enumerate(report.root_causes, start=1) for text in _root_cause(number, cause, glyphs)
    ]


def _root_cause(number: int, cause: RootCause, glyphs: Glyphs) -> list[str]:
    finding = cause.finding
    status = finding.status.value.upper()
    return [
        f"#### {number}. {status} {cause.check.code}: {escaped(finding.headline)}",
        "\n".join(f"- {escaped(place)}" for place in places(finding.scope, glyphs)),
        *_problem(finding),
        *([escaped(path_text(cause.path))] if cause.path else []),
        *(text for each in finding.evidence for text in _evidence(each)),
        *_steps(finding.fix),
        f"Docs: [{escaped(section(cause.check))}]({url(cause.check)})",
        *_consequences(cause.consequences, glyphs),
    ]


def _problem(finding: Finding) -> list[str]:
    said = (str(finding.detail), str(finding.advice))
    return [escaped(paragraph) for text in said for paragraph in text.split("\n") if paragraph]


def _evidence(each: Evidence) -> list[str]:
    head = f"Evidence from {escaped(each.context)}:" if each.context else "Evidence:"
    excerpt = [fenced(each.excerpt, "text")] if each.excerpt else []
    return [head, fenced(each.command, "sh"), *excerpt]


def _steps(steps: Sequence[Step]) -> list[str]:
    if not steps:
        return []
    said = (f"{', '.join(marks)}: {why}" if marks else why for marks, why in reasons(steps))
    whys = "\n".join(f"{number}. {escaped(text)}" for number, text in enumerate(said, 1))
    return ["Fix:", whys, fenced(pasted(steps), "sh")]


def fenced(text: str, language: str) -> str:
    """Return the text as a block of code, whose fence is longer than any in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _consequences(consequences: Sequence[Consequence], glyphs: Glyphs) -> list[str]:
    lines = [_consequence(each, number, glyphs) for each, number in summarised(consequences)]
    head = f"<details><summary>{count(len(consequences), 'consequence')}</summary>"
    return [head, "\n".join(lines), "</details>"] if lines else []


def _consequence(each: Consequence, number: int, glyphs: Glyphs) -> str:
    many = f" {glyphs.times}{number}, first" if number > 1 else ""
    return f"- {each.check.code} {each.finding.status.value.upper()}{many}: {escaped(each.finding.text)}"


def _notes(report: Report, glyphs: Glyphs) -> list[str]:
    return ["\n".join(_note(each, glyphs) for each in report.notes)] if report.notes else []


def _note(each: Consequence, glyphs: Glyphs) -> str:
    place = escaped(where(each.finding.scope, glyphs))
    return f"- {each.check.code} {place}: {escaped(each.finding.text)}"


def _ignored(report: Report, glyphs: Glyphs) -> list[str]:
    known = [f"{ignored_text(each, glyphs)}: {each.cause.finding.text}" for each in report.ignored]
    return ["\n".join(f"- {escaped(text)}" for text in (*known, *remarks(report)))] if known or remarks(report) else []


def _unknown(each: Unknown, glyphs: Glyphs) -> str:
    place = f"{several(each.clusters)}: " if each.clusters else ""
    pairs = several([pair_text(pair, glyphs) for pair in each.pairs])
    touched = (("checks", several(each.codes)), ("pairs", pairs))
    said = "".join(f"; {word}: {names}" for word, names in touched if names)
    command = "\n\n" + fenced(each.command, "sh") if each.command else ""
    return f"- {escaped(place + each.reason + said)}{command}"

"""The default report, `-o text`: verdict and cause first, then pairs, causes, and what could not be judged."""

from collections import Counter
from collections.abc import Iterator

from kubectl_mcdiag.checks.steps import pasted
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.clean import line
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.sentences import SHOWN_LOCAL, marks_text, named
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.text.cause import cause
from kubectl_mcdiag.report.text.matrix import matrix
from kubectl_mcdiag.report.text.room import ROWS, ROWS_EACH_CAUSE, Room, fitting
from kubectl_mcdiag.report.text.verdict import verdict
from kubectl_mcdiag.report.words import count, exit_text, ignored_text, remarks, several, where
from kubectl_mcdiag.verdict.model import Consequence, Report, Unknown

SHOWN_CAUSES = 5
SHOWN_UNREACHABLE = 3
INDENT = "   "


def text(report: Report, style: Style) -> str:
    """Write the default report, with as much of each cause as a reader takes in at a glance."""
    causes, clusters = min(len(report.root_causes), SHOWN_CAUSES), len(report.clusters)
    rows = ROWS + ROWS_EACH_CAUSE * max(0, causes - 1) + max(0, clusters - 2)
    return fitting(lambda room: _drawn(report, style, room), rows, style.width)


def _drawn(report: Report, style: Style, room: Room) -> str:
    head = verdict(report, style)
    said = " ".join([*head, *named(report, style.glyphs)]) if len(report.root_causes) == 1 else ""
    shown = [cause(number, each, style, room, said) for number, each in enumerate(report.root_causes[:SHOWN_CAUSES], 1)]
    sections = [
        head,
        matrix(report, style) if _has_more(report) else [],
        *shown,
        _more(len(report.root_causes) - SHOWN_CAUSES, style),
        list(_unreachable(report, style)),
        _unknowns(report, style, room.others),
        _notes(report, style, room.others),
        _ignored(report, style),
        _foot(report, style),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _has_more(report: Report) -> bool:
    """Return whether the pairs say more than the verdict: all ok of two clusters needs no matrix."""
    return report.status is not Status.PASS or len(report.clusters) > 2 or any(each.local for each in report.pairs)


def short(report: Report, style: Style) -> str:
    """Write one line for each root cause, or one that says that there is none."""
    lines = [
        f"{each.finding.status.value.upper():4}  {each.check.code}  {where(each.finding.scope, style.glyphs)}:"
        f" {each.finding.headline}"
        for each in report.root_causes
    ]
    lines += [f"?     {several(each.codes, 3)}  {each.reason}" for each in report.unknowns]
    return "\n".join(lines or ["OK    nothing is broken"]) + "\n"


def steps(report: Report, style: Style) -> str:  # noqa: ARG001 - a script has one width
    """Write the fixes alone, one block for each root cause: a script whose comments no interactive shell reads."""
    fixed = [(number, each) for number, each in enumerate(report.root_causes, start=1) if each.finding.fix]
    blocks = [
        f"# {number} {each.check.code} {line(each.finding.headline)} ({marks_text(each.finding.fix)})\n"
        f"{pasted(each.finding.fix)}"
        for number, each in fixed
    ]
    origin = f"\n# {report.origin}" if report.origin else ""
    return "\n\n".join([f"#!/usr/bin/env bash\nset -euo pipefail{origin}", *blocks]) + "\n"


def _more(number: int, style: Style) -> list[str]:
    return [f"{style.glyphs.ellipsis}  and {count(number, 'more cause')}: -o wide shows all"] if number > 0 else []


def _unreachable(report: Report, style: Style) -> Iterator[str]:
    if len(report.unreachable) > SHOWN_UNREACHABLE:
        yield from _many_unreachable(report, style)
        return
    for each in report.unreachable:
        yield from fold(f"{each.context} is unreachable: {each.reason}", style.width)
        for context, state in each.seen:
            yield f"{INDENT}istiod in {context} reports it as {state!r}"
        if any(state == "synced" for _, state in each.seen):
            yield from fold(f"{INDENT}The cluster is probably up: look at your VPN or allow-list.", style.width)
        others = [name.context for name in report.clusters if name.context != each.context]
        yield f"{INDENT}Try:     kubectl --context {each.context} get --raw /readyz"
        if len(others) > 1:
            yield f"{INDENT}Without: kubectl mcdiag check --context {','.join(others)}"


def _many_unreachable(report: Report, style: Style) -> Iterator[str]:
    """Say once what many have in common."""
    first, *_ = away = report.unreachable
    names = several([each.context for each in away], SHOWN_UNREACHABLE)
    yield from fold(f"{len(away)} clusters are unreachable: {names}. The first one: {first.reason}", style.width)
    synced = [each.context for each in away if any(state == "synced" for _, state in each.seen)]
    if synced:
        text = f"istiods of other clusters report {len(synced)} of them as 'synced': look at your VPN or allow-list."
        yield from (INDENT + part for part in fold(text, style.width - len(INDENT)))
    yield f"{INDENT}Try:     kubectl --context {first.context} get --raw /readyz"


def _unknowns(report: Report, style: Style, most: int) -> list[str]:
    away = {each.context for each in report.unreachable}
    left = [each for each in report.unknowns if not (each.clusters and set(each.clusters) & away) or not away]
    if left and not most:
        return [f"Could not be judged: {count(len(left), 'item')}, in -o wide"]
    lines = [style.paint("Could not be judged", Colour.BOLD)] if left else []
    for each in left[:most]:
        lines += _unknown(each, style)
    more = len(left) - most
    return [*lines, f"{INDENT}and {more} more: -o wide"] if more > 0 else lines


def _unknown(each: Unknown, style: Style) -> list[str]:
    first, *rest = fold(each.reason, style.width - len(INDENT))
    tried = [f"{INDENT}$ {each.command}"] if each.command else []
    return [f"?  {first}", *(INDENT + line for line in rest), *tried]


def _notes(report: Report, style: Style, most: int) -> list[str]:
    notes = report.notes if report.status is not Status.PASS else _not_named(report)
    if notes and not most:
        return [f"Notes: {len(notes)}, in -o wide"]
    lines = [style.paint("Notes", Colour.BOLD)] if notes else []
    for each in notes[:most]:
        first, *rest = fold(f"{each.finding.headline} ({each.check.code})", style.width - len(INDENT))
        lines += [f"{style.glyphs.bullet}  {first}", *(INDENT + line for line in rest)]
    more = len(notes) - most
    return [*lines, f"{INDENT}and {more} more: -o wide"] if more > 0 else lines


def _not_named(report: Report) -> tuple[Consequence, ...]:
    """Return the notes that the verdict has not named."""
    named = [each for each in report.notes if each.check.keeps_local][:SHOWN_LOCAL]
    return tuple(each for each in report.notes if each not in named)


def _ignored(report: Report, style: Style) -> list[str]:
    lines = [f"Ignored  {ignored_text(each, style.glyphs)}" for each in report.ignored]
    return [part for line in (*lines, *remarks(report)) for part in fold(line, style.width)]


def _foot(report: Report, style: Style) -> list[str]:
    statuses = Counter(result.status for result in report.results)
    words = (
        (Status.FAIL, "failed"),
        (Status.WARN, "warned"),
        (Status.UNKNOWN, "not judged"),
        (Status.PASS, "passed"),
    )
    counts = ", ".join(f"{statuses[status]} {word}" for status, word in words if statuses[status])
    subjects = f"{count(len(report.clusters), 'cluster')}, {count(len(report.services), 'service')}"
    code = f"    More: kubectl mcdiag explain {report.root_causes[0].check.code}" if report.root_causes else ""
    members = f"Not looked at, for no context was given: {several(report.members)}"
    away = fold(members, style.width) if report.members else []
    lines = fold(f"{subjects}, {count(len(report.results), 'check')}: {counts}. {report.origin}".rstrip(), style.width)
    end = fold(f"{ending(report, style.width - 1)}.", style.width)
    return [style.paint(each, Colour.DIM) for each in (*away, *lines, *end, f"Details: -o wide{code}")]


def ending(report: Report, width: int) -> str:
    """Say the exit code and, for it is what stays in view, the cause once more where it fits."""
    end = exit_text(report)
    fails = [each for each in report.root_causes if each.finding.status is Status.FAIL]
    if not end.startswith("exit 1:") or not fails:
        return f"{end[0].upper()}{end[1:]}"
    if len(fails) > 1:
        return f"Exit 1: {len(fails)} root causes, {several([each.check.code for each in fails])}"
    code = fails[0].check.code
    named = f"Exit 1: {fails[0].finding.headline} ({code})"
    return named if len(named) < width else f"Exit 1: root cause {code}"

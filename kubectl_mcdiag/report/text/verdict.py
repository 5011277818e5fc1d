"""The first lines: which calls are broken, why, and how much the fix changes."""

from collections.abc import Iterator, Sequence

from kubectl_mcdiag.checks.steps import Action, Step
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.words import count, marked, pair_text, several, short_root
from kubectl_mcdiag.verdict.model import PairVerdict, Report, RootCause, Unknown

SHOWN_CAUSES = 3
MANY = 3
SHOWN_LOCAL = 2
STAR = "* "
COLOURS = {
    Status.FAIL: Colour.RED,
    Status.WARN: Colour.YELLOW,
    Status.UNKNOWN: Colour.YELLOW,
    Status.PASS: Colour.GREEN,
}


def verdict(report: Report, style: Style) -> list[str]:
    """Write the verdict: a word, a sentence, and a line for each root cause."""
    word = _word(report)
    indent = " " * (len(word) + 2)
    colour = COLOURS.get(report.status, Colour.GREEN)
    lines = [part for text in _sentences(report, style) for part in _hung(text, style.width - len(indent))]
    first, *rest = lines
    return [
        f"{style.paint(word, colour, Colour.BOLD)}  {style.paint(first, Colour.BOLD)}",
        *(indent + line for line in rest),
        *(indent + line for line in _causes(report, style, style.width - len(indent))),
    ]


def _hung(text: str, width: int) -> list[str]:
    """Fold a sentence; what begins with a star is hung behind it."""
    if not text.startswith(STAR):
        return fold(text, width)
    first, *rest = fold(text.removeprefix(STAR), width - len(STAR))
    return [STAR + first, *(" " * len(STAR) + line for line in rest)]


def _word(report: Report) -> str:
    if report.status in (Status.FAIL, Status.WARN, Status.UNKNOWN):
        return str(report.status.value).upper()
    return "OK*" if any(each.local for each in report.pairs) else "OK"


def _sentences(report: Report, style: Style) -> Iterator[str]:
    if report.status is Status.FAIL:
        yield _broken(report, style)
    elif report.status is Status.WARN:
        yield f"{_every(report, style)}: calls work; {count(len(report.root_causes), 'warning')}."
    elif report.status is Status.UNKNOWN:
        yield from _unknown(report)
    else:
        yield from _fine(report, style)


def _broken(report: Report, style: Style) -> str:
    down = [each for each in report.pairs if each.status is Status.FAIL and not each.is_partly]
    partly = [each for each in report.pairs if each.is_partly]
    if down:
        return (
            f"{_directions(down, style)} {'is' if len(down) == 1 or _is_both(down) else 'are'} broken.{_rest(report)}"
        )
    failing = tuple(dict.fromkeys(name for each in partly for name in each.failing))
    judged = tuple(dict.fromkeys(name for each in report.pairs for name in each.services))
    if failing:
        names = f": {several(failing, 3)}" if len(failing) < 4 else ""
        verb = "is" if len(failing) == 1 else "are"
        return f"{len(failing)} of {count(len(judged), 'service')} {verb} affected{names}; the other services are ok."
    return f"{count(len(report.root_causes), 'root cause')} found.{_rest(report)}"


def _directions(pairs: Sequence[PairVerdict], style: Style) -> str:
    if len(pairs) == 1:
        return pair_text(pairs[0].pair, style.glyphs)
    if _is_both(pairs):
        return f"{pairs[0].pair.source} {style.glyphs.both} {pairs[0].pair.destination}, in both directions,"
    shown = ", ".join(pair_text(each.pair, style.glyphs) for each in pairs[:2])
    return f"{len(pairs)} directions ({shown}{', ' + style.glyphs.ellipsis if len(pairs) > 2 else ''})"


def named(report: Report, style: Style) -> list[str]:
    """Return the directions that the verdict names."""
    broken = [each for each in report.pairs if each.status is report.status]
    return [pair_text(each.pair, style.glyphs) for each in broken] if len(broken) < MANY else []


def _is_both(pairs: Sequence[PairVerdict]) -> bool:
    ends = {(each.pair.source, each.pair.destination) for each in pairs}
    return len(pairs) == 2 and {(b, a) for a, b in ends} == ends


def _rest(report: Report) -> str:
    """Say how the other directions stand."""
    words = (
        ("ok", [e for e in report.pairs if e.status in (Status.PASS, Status.NOTE, Status.WARN)]),
        ("partly broken", [e for e in report.pairs if e.is_partly]),
        ("not known", [e for e in report.pairs if e.status is Status.UNKNOWN]),
    )
    said = [f"{count(len(pairs), 'direction')} {word}" for word, pairs in words if pairs]
    if len(said) == 1 and len(words[0][1]) == 1:
        return " The other direction is ok."
    if len(said) == 1 and words[0][1]:
        return f" The other {len(words[0][1])} directions are ok."
    return f" The others: {', '.join(said)}." if said else ""


def _unknown(report: Report) -> Iterator[str]:
    away = [each.context for each in report.unreachable]
    if away:
        verb = "is" if len(away) == 1 else "are"
        others = [each for each in report.pairs if each.status is Status.PASS]
        rest = f"; {count(len(others), 'direction')} between the others ok" if others else ""
        yield f"{several(away)} {verb} unreachable from this machine{rest}."
        return
    unclear = [each for each in report.pairs if each.status is Status.UNKNOWN]
    whole = len(unclear) == len(report.pairs)
    pairs = "no direction" if whole else f"{len(report.pairs) - len(unclear)} of {len(report.pairs)} directions"
    yield f"Nothing is found broken, but {pairs} could be judged whole."
    yield from _first_reason(report.unknowns)


def _first_reason(unknowns: Sequence[Unknown]) -> Iterator[str]:
    if unknowns:
        more = f" (and {len(unknowns) - 1} more)" if len(unknowns) > 1 else ""
        yield f"{unknowns[0].reason}{more}"


def _fine(report: Report, style: Style) -> Iterator[str]:
    passed = sum(each.status is Status.PASS for each in report.results)
    services = count(len(report.services), "service")
    if not report.pairs:
        yield f"{several([each.context for each in report.clusters])}: nothing is broken; {passed} checks passed."
        return
    ignored = f", {len(report.ignored)} ignored" if report.ignored else ""
    yield f"{_every(report, style)}, {services}, {passed} checks passed{ignored}."
    yield from _local(report)
    yield from _alike(report, style)
    if not report.is_probed:
        yield "No request was sent; add --probe to send some."


def _local(report: Report) -> Iterator[str]:
    """Say which calls a policy keeps in their cluster, and which policy."""
    keeping = [each for each in report.notes if each.check.keeps_local]
    for each in keeping[:SHOWN_LOCAL]:
        yield f"{STAR}{each.finding.headline} ({each.check.code}). {each.finding.detail}".rstrip()
    if len(keeping) > SHOWN_LOCAL:
        yield f"{STAR}and {len(keeping) - SHOWN_LOCAL} more below."
    if keeping:
        yield f"If {'that is' if len(keeping) == 1 else 'these are'} intended, there is nothing to do."


def _alike(report: Report, style: Style) -> Iterator[str]:
    """Say what the clusters are: their networks, versions and root."""
    networks = tuple(dict.fromkeys(each.network for each in report.clusters if each.network))
    versions = tuple(dict.fromkeys(pod.version for each in report.clusters for pod in each.istiods if pod.version))
    roots = {each.roots for each in report.clusters if each.roots}
    parts = (
        f"{'networks' if len(networks) > 1 else 'network'} {several(networks, 4)}" if networks else "",
        f"istiod {several(versions, 3)}" if versions else "",
        f"common root {short_root(next(iter(roots))[0], style.glyphs)}" if len(roots) == 1 else "",
    )
    yield ", ".join(part for part in parts if part)


def _every(report: Report, style: Style) -> str:
    names = [each.context for each in report.clusters]
    if len(names) == 2 and len(report.pairs) == 2:
        return f"{names[0]} {style.glyphs.both} {names[1]}: both directions"
    return f"{count(len(names), 'cluster')}, all {count(len(report.pairs), 'direction')}"


def _causes(report: Report, style: Style, width: int) -> Iterator[str]:
    """Yield the cause and what its fix changes; of several causes a line each."""
    causes = report.root_causes
    if len(causes) == 1:
        yield from _labelled("Cause", f"{causes[0].finding.headline} ({causes[0].check.code})", width)
        yield from _labelled("Fix", fix_text(causes[0], "below"), width)
        return
    if causes and report.status is Status.FAIL:
        yield f"{len(causes)} independent causes; fix them all."
    for number, cause in enumerate(causes[:SHOWN_CAUSES], start=1):
        yield from _labelled(str(number), f"{cause.finding.headline} ({cause.check.code})", width)
    if len(causes) > SHOWN_CAUSES:
        yield f"{style.glyphs.ellipsis}  and {len(causes) - SHOWN_CAUSES} more below"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    head = f"{label:5}  " if len(label) > 2 else f"{label:2} "
    for place, line in enumerate(fold(text, width - len(head))):
        yield (head if place == 0 else " " * len(head)) + line


def fix_text(cause: RootCause, where: str) -> str:
    """Say how many commands fix a cause and what they do to the mesh."""
    fix = cause.finding.fix
    return (
        f"{count(len(fix), 'command')}, {marks_text(fix)} ({where})"
        if acts(fix)
        else f"no command: what to do is {where}"
    )


def acts(fix: Sequence[Step]) -> bool:
    """Return whether a fix changes anything; what only shows something is advice."""
    return any(step.action is not Action.SHOW for step in fix)


def marks_text(fix: Sequence[Step]) -> str:
    """Return the marks of a whole fix, `safe` where it has none."""
    found = dict.fromkeys(mark for step in fix for mark in marked(step))
    return ", ".join(found) or "safe"

"""The verdict in sentences: which calls are broken and which are not, for every format that people read."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kubectl_mcdiag.checks.steps import Action, Step
from kubectl_mcdiag.evidence.names import shortened
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.report.style import Glyphs
from kubectl_mcdiag.report.words import count, marked, pair_text, several
from kubectl_mcdiag.verdict.model import PairVerdict, Report, RootCause, Unknown

MANY = 3
SHOWN_LOCAL = 2
STAR = "* "


def word(report: Report) -> str:
    """Return the verdict in a word; `OK*` where a policy keeps some calls in their cluster."""
    if report.status in (Status.FAIL, Status.WARN, Status.UNKNOWN):
        return str(report.status.value).upper()
    return "OK*" if any(each.local for each in report.pairs) else "OK"


def sentences(report: Report, glyphs: Glyphs) -> Iterator[str]:
    """Yield the sentences, the most important first."""
    if report.status is Status.FAIL:
        yield _broken(report, glyphs)
    elif report.status is Status.WARN:
        yield f"{_every(report, glyphs)}: calls work; {count(len(report.root_causes), 'warning')}."
    elif report.status is Status.UNKNOWN:
        yield from _unknown(report)
    else:
        yield from _fine(report, glyphs)


def _broken(report: Report, glyphs: Glyphs) -> str:
    down = [each for each in report.pairs if each.status is Status.FAIL and not each.is_partly]
    partly = [each for each in report.pairs if each.is_partly]
    if down:
        return (
            f"{_directions(down, glyphs)} {'is' if len(down) == 1 or _is_both(down) else 'are'} broken.{_rest(report)}"
        )
    failing = tuple(dict.fromkeys(name for each in partly for name in each.failing))
    judged = tuple(dict.fromkeys(name for each in report.pairs for name in each.services))
    if failing:
        names = f": {several(failing, 3)}" if len(failing) < 4 else ""
        verb = "is" if len(failing) == 1 else "are"
        return f"{len(failing)} of {count(len(judged), 'service')} {verb} affected{names}; the other services are ok."
    return f"{count(len(report.root_causes), 'root cause')} found.{_rest(report)}"


def _directions(pairs: Sequence[PairVerdict], glyphs: Glyphs) -> str:
    if len(pairs) == 1:
        return pair_text(pairs[0].pair, glyphs)
    if _is_both(pairs):
        return f"{pairs[0].pair.source} {glyphs.both} {pairs[0].pair.destination}, in both directions,"
    shown = ", ".join(pair_text(each.pair, glyphs) for each in pairs[:2])
    return f"{len(pairs)} directions ({shown}{', ' + glyphs.ellipsis if len(pairs) > 2 else ''})"


def named(report: Report, glyphs: Glyphs) -> list[str]:
    """Return the directions that the verdict names."""
    broken = [each for each in report.pairs if each.status is report.status]
    return [pair_text(each.pair, glyphs) for each in broken] if len(broken) < MANY else []


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


def _fine(report: Report, glyphs: Glyphs) -> Iterator[str]:
    passed = sum(each.status is Status.PASS for each in report.results)
    services = count(len(report.services), "service")
    if not report.pairs:
        yield f"{several([each.context for each in report.clusters])}: nothing is broken; {passed} checks passed."
        return
    ignored = f", {len(report.ignored)} ignored" if report.ignored else ""
    yield f"{_every(report, glyphs)}, {services}, {passed} checks passed{ignored}."
    yield from _local(report)
    yield from _alike(report)
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


def _alike(report: Report) -> Iterator[str]:
    """Say what the clusters are: their networks, versions and root."""
    networks = tuple(dict.fromkeys(each.network for each in report.clusters if each.network))
    versions = tuple(dict.fromkeys(pod.version for each in report.clusters for pod in each.istiods if pod.version))
    roots = {each.roots for each in report.clusters if each.roots}
    parts = (
        f"{'networks' if len(networks) > 1 else 'network'} {several(networks, 4)}" if networks else "",
        f"istiod {several(versions, 3)}" if versions else "",
        f"common root {shortened(next(iter(roots))[0])}" if len(roots) == 1 else "",
    )
    yield ", ".join(part for part in parts if part)


def _every(report: Report, glyphs: Glyphs) -> str:
    names = [each.context for each in report.clusters]
    if len(names) == 2 and len(report.pairs) == 2:
        return f"{names[0]} {glyphs.both} {names[1]}: both directions"
    return f"{count(len(names), 'cluster')}, all {count(len(report.pairs), 'direction')}"


def fix_text(cause: RootCause, where: str) -> str:
    """Say how many commands fix a cause and what they do to the mesh."""
    fix = cause.finding.fix
    return (
        f"{count(len(fix), 'command')}, {marks_text(fix)} ({where})"
        if acts(fix)
        else f"no command: what to do is {where}"
    )


def reasons(fix: Sequence[Step]) -> list[tuple[tuple[str, ...], str]]:
    """Return the marks and the reason of each step, of those that say the same one; waiting needs no reason."""
    counts = Counter((marked(step), str(step.why)) for step in fix if step.action is not Action.WAIT)
    return [(marks, f"{why} ({number} commands)" if number > 1 else why) for (marks, why), number in counts.items()]


def acts(fix: Sequence[Step]) -> bool:
    """Return whether a fix changes anything; what only shows something is advice."""
    return any(step.action is not Action.SHOW for step in fix)


def marks_text(fix: Sequence[Step]) -> str:
    """Return the marks of a whole fix, `safe` where it has none."""
    found = dict.fromkeys(mark for step in fix for mark in marked(step))
    return ", ".join(found) or "safe"

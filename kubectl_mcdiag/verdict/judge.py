"""Run the checks and make a report: fold consequences under causes, order root causes, judge each pair."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TypeVar

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Unit
from kubectl_mcdiag.errors import Forgone, NotApplicable, Unavailable
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.mesh.discovery import remote_secrets
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.summary import clusters, members, services_judged
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.broken import unlooked, with_path
from kubectl_mcdiag.verdict.fold import Findings, folded
from kubectl_mcdiag.verdict.group import merged
from kubectl_mcdiag.verdict.model import Consequence, PairVerdict, Report, RootCause, Run, Unknown, codes_by_pair
from kubectl_mcdiag.verdict.outcomes import Judged, Outcomes
from kubectl_mcdiag.verdict.rank import in_order, of_check, ranked
from kubectl_mcdiag.verdict.seen import overruled
from kubectl_mcdiag.verdict.standing import by_pair, standing
from kubectl_mcdiag.verdict.unreachable import unreachable

KNOWN_TO_FAIL = "its calls are known to fail"
T = TypeVar("T")
About = tuple[str | Pair | None, tuple[str, ...], tuple[Pair, ...]]
"""A unit, the clusters where it stands, and the pairs that it touches."""
TOO_LATE = "the time was over before everything was judged; give it more with --timeout"
Crash = Callable[[Check, BaseException], None]
IsOver = Callable[[], bool]
"""Tells whether the time is over: nothing more is judged then."""


def _ignore(check: Check, error: BaseException) -> None:
    """Take no note of a bug: the caller that wants a crash log passes its own function."""


def _never() -> bool:
    return False


def report(snapshot: Snapshot, checks: Iterable[Check], on_bug: Crash = _ignore, is_over: IsOver = _never) -> Report:
    """Return the whole answer for a snapshot; a check with a bug is UNKNOWN and reported to `on_bug`."""
    view = View(snapshot)
    return summary(view, judge(view, checks, ordered_pairs(view.contexts, members(view)), on_bug, is_over))


def summary(view: View, came_out: Iterable[Judged]) -> Report:
    """Return the answer that follows from how the checks came out."""
    strangers = members(view)
    pairs = ordered_pairs(view.contexts, strangers)
    outcomes = Outcomes(_overruled(view, one) for one in came_out)
    broken = {pair for j in outcomes.loud for f in j.findings if f.status is Status.FAIL for pair in f.scope.pairs}
    outcomes.settle(lambda one: _settled(one, broken))
    judged = in_order(outcomes.loud, (*view.contexts, *strangers))
    found = tuple(Consequence(j.check, f) for j in judged for f in j.findings)
    ranks = ranked(folded(Findings(one for one in found if one.finding.status in (Status.FAIL, Status.WARN))))
    causes = tuple(with_path(view, cause) for cause in ranks)
    unknowns = tuple(_unknowns(judged)) + tuple(_unseen(view, pairs))
    about = by_pair(found)
    verdicts = tuple(
        standing(view, verdict, about.get(verdict.pair, ())) for verdict in _verdicts(pairs, broken, causes, unknowns)
    )
    notes = tuple(one for one in found if one.finding.status is Status.NOTE)
    return Report(
        taken_at=view.snapshot.taken_at,
        status=overall(causes, unknowns),
        clusters=clusters(view),
        members=tuple(strangers),
        services=services_judged(view),
        pairs=verdicts,
        root_causes=causes,
        notes=merged(notes),
        results=tuple(sorted(outcomes.results(), key=lambda one: of_check(one.check))),
        unknowns=unknowns,
        runs=tuple(_runs(view.snapshot)),
        unreachable=tuple(unreachable(view)),
        is_probed=view.settings.probe,
        is_replayed=view.snapshot.is_replayed,
        left_out=unlooked(view),
    )


def _overruled(view: View, one: Judged) -> Judged:
    """Return how a check came out once what is seen to work has overruled what it suspected."""
    findings = tuple(each for found in one.findings for each in overruled(view, one.check, found))
    if findings == one.findings:
        return one
    return replace(one, findings=findings, status=_worst(findings) if one.status is Status.FAIL else one.status)


def _worst(findings: tuple[Finding, ...]) -> Status:
    return max((finding.status for finding in findings), key=lambda status: status.rank, default=Status.PASS)


def _settled(one: Judged, broken: set[Pair]) -> Judged:
    """Leave out what a rule of the path could not see of calls that are known to fail."""
    if not one.check.is_of_path or not set(one.pairs) <= broken:
        return one
    if one.status is Status.UNKNOWN:
        return replace(one, status=Status.SKIP, reason=KNOWN_TO_FAIL, unjudged=(), is_cut_short=False)
    return replace(one, unjudged=())


def ordered_pairs(contexts: tuple[str, ...], strangers: tuple[str, ...]) -> tuple[Pair, ...]:
    """Return every ordered two of contexts; for a single context, those with the members it names."""
    if len(contexts) > 1:
        return tuple(Pair(a, b) for a in contexts for b in contexts if a != b)
    return tuple(pair for a in contexts for b in strangers for pair in (Pair(a, b), Pair(b, a)))


def judge(
    view: View,
    checks: Iterable[Check],
    pairs: tuple[Pair, ...],
    on_bug: Crash = _ignore,
    is_over: IsOver = _never,
) -> Iterator[Judged]:
    """Yield how each check came out for each of its units; what there was no time for comes out as one."""
    units = _units(view, pairs)
    late = cache(lambda kind: _all_of(units[kind]))  # alike for all checks that come too late
    for check in checks:
        about = units[check.unit]
        for number, (unit, where, affected) in enumerate(about):
            if is_over():
                where, affected = _all_of(about[number:]) if number else late(check.unit)
                yield Judged(check, None, where, affected, Status.UNKNOWN, reason=TOO_LATE, is_cut_short=True)
                break
            yield _one(view, check, unit, where, affected, on_bug)


def _units(view: View, pairs: tuple[Pair, ...]) -> dict[Unit, tuple[About, ...]]:
    """Return the units of each kind; the checks of a kind share them."""
    contexts = set(view.contexts)
    known = tuple(pair for pair in pairs if pair.source in contexts and pair.destination in contexts)
    touched = _touched(pairs)
    return {
        Unit.MESH: ((None, view.contexts, pairs),),
        Unit.CLUSTER: tuple((context, (context,), touched.get(context, ())) for context in view.contexts),
        Unit.PAIR: tuple((pair, (pair.source, pair.destination), (pair,)) for pair in known),
    }


def _all_of(units: tuple[About, ...]) -> tuple[tuple[str, ...], tuple[Pair, ...]]:
    """Return the clusters and the pairs of units."""
    return _flat(each[1] for each in units), _flat(each[2] for each in units)


def _touched(pairs: tuple[Pair, ...]) -> dict[str, tuple[Pair, ...]]:
    """Return the pairs of each context."""
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.source, []).append(pair)
        found.setdefault(pair.destination, []).append(pair)
    return {context: tuple(about) for context, about in found.items()}


def _one(
    view: View,
    check: Check,
    unit: str | Pair | None,
    where: tuple[str, ...],
    pairs: tuple[Pair, ...],
    on_bug: Crash,
) -> Judged:
    view.begin()
    arguments = () if unit is None else (unit,)
    reason, command, status = "", "", Status.PASS
    found: list[Finding | NotJudged] = []
    try:
        if reason := next(filter(None, (guard(view, *arguments) for guard in check.guards)), ""):
            status = Status.SKIP
        else:
            # What was found before a rule cannot read on stays in the list.
            found.extend(check.run(view, *arguments))
    except (NotApplicable, Forgone) as why:
        reason, status = str(why), Status.PASS if found else Status.SKIP
    except Unavailable as why:
        reason, command, status = str(why), why.command, Status.UNKNOWN
        if why.calls_from and not isinstance(unit, Pair):
            pairs = tuple(pair for pair in pairs if pair.source == why.calls_from)
    except Exception as error:  # noqa: BLE001 - one check's bug must not hide what the others say
        on_bug(check, error)
        reason, status, found = f"internal error in {check.code}: {type(error).__name__}", Status.UNKNOWN, []
    findings = tuple(printable(one) for one in found if isinstance(one, Finding))
    unjudged = tuple(one for one in found if isinstance(one, NotJudged))
    is_cut_short = status is Status.UNKNOWN
    if status is Status.PASS:
        status = Status.UNKNOWN if unjudged else _worst(findings)
        reason = reason if findings or not unjudged else unjudged[0].reason
    return Judged(check, unit, where, pairs, status, findings, reason, command, view.end(), unjudged, is_cut_short)


def printable(finding: Finding) -> Finding:
    """Return a finding without commands that cannot be pasted: a block is whole or not printed at all."""
    is_fit = all(step.is_fit for step in finding.fix)
    evidence = tuple(each for each in finding.evidence if isinstance(each.shown, str) or each.shown.is_printable)
    if is_fit and len(evidence) == len(finding.evidence):
        return finding
    return replace(finding, evidence=evidence, fix=finding.fix if is_fit else ())


def _unknowns(judged: tuple[Judged, ...]) -> Iterator[Unknown]:
    """Yield each reason once, with all the checks and pairs it touches."""
    grouped: dict[str, list[Unknown]] = {}
    for each in (each for one in judged if one.status is Status.UNKNOWN for each in _unknown(one)):
        grouped.setdefault(each.reason, []).append(each)
    for reason, group in grouped.items():
        yield Unknown(
            reason=reason,
            clusters=_flat(each.clusters for each in group),
            pairs=_flat(each.pairs for each in group),
            codes=_flat(each.codes for each in group),
            command=next((each.command for each in group if each.command), ""),
        )


def _unknown(one: Judged) -> Iterator[Unknown]:
    codes = (one.check.code,)
    for each in one.unjudged:
        yield Unknown(each.reason, each.scope.clusters, each.scope.pairs, codes, each.command)
    if one.is_cut_short or not one.unjudged:
        yield Unknown(one.reason, one.clusters, one.pairs, codes, one.command)


def _flat(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    # Hundreds of checks have the same clusters and pairs, as one tuple: each is gone through once.
    distinct = {id(group): group for group in groups}
    return tuple(dict.fromkeys(item for group in distinct.values() for item in group))


def _unseen(view: View, pairs: tuple[Pair, ...]) -> Iterator[Unknown]:
    """Yield the members that a single context's remote secrets name: their side cannot be judged."""
    for stranger in dict.fromkeys(p.destination for p in pairs if p.destination not in view.contexts):
        about = tuple(pair for pair in pairs if stranger in (pair.source, pair.destination))
        likely = remote_secrets.contexts_like(view, stranger)
        hint = f"; it seems to be --context {likely[0]}" if likely else ""
        yield Unknown(f"no context was given for {stranger}, a member of the mesh{hint}", (), about, ())


def _verdicts(
    pairs: tuple[Pair, ...], broken: set[Pair], causes: tuple[RootCause, ...], unknowns: tuple[Unknown, ...]
) -> Iterator[PairVerdict]:
    """Yield how each pair stands, and the codes of its causes in their order."""
    codes = codes_by_pair(causes)
    unsure = {pair for unknown in unknowns for pair in unknown.pairs}
    for pair in pairs:
        otherwise = Status.UNKNOWN if pair in unsure else Status.WARN if pair in codes else Status.PASS
        yield PairVerdict(pair, Status.FAIL if pair in broken else otherwise, codes.get(pair, ()))


def overall(causes: tuple[RootCause, ...], unknowns: tuple[Unknown, ...]) -> Status:
    """Return the worst of what was found and what could not be judged."""
    statuses = [cause.finding.status for cause in causes] + [Status.UNKNOWN] * bool(unknowns)
    return max(statuses, key=lambda status: status.rank, default=Status.PASS)


def _runs(snapshot: Snapshot) -> Iterator[Run]:
    for found in snapshot.observations.values():
        output = found.output
        size = output.size or len(output.stdout)  # a recording has but the text
        yield Run(found.invocation.context, str(found.invocation), output.seconds, found.reason, size, output.commands)


def commands_of(checks: Iterable[Check]) -> frozenset[str]:
    """Return the keys of the commands that these checks read."""
    return frozenset(command.key for check in checks for command in check.reads) & {c.key for c in COMMANDS}

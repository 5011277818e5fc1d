"""The ignore file: root causes that somebody knows of and has decided to live with until a day.

    ignore:
      - code: MC405
        clusters: [cluster2]                 # or pairs: [cluster1 -> cluster2], or service: name.namespace
        reason: the network is renamed in OPS-123
        until: 2026-12-31

An ignored root cause is shown as such and does not count. Nothing else becomes better: what it breaks is still
broken, and what is not known stays unknown. An entry that has expired or that nothing matches is said.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml, mapping, names, sequence, text
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.verdict.judge import overall
from kubectl_mcdiag.verdict.model import Ignored, PairVerdict, Report, RootCause, codes_by_pair

_KEYS = frozenset({"code", "clusters", "pairs", "service", "reason", "until"})
_ARROW = re.compile(r"\s*(?:->|→)\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is ignored, why, and the last day on which it is; an empty scope means any."""

    code: str
    reason: str
    until: date
    clusters: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    service: str = ""

    def covers(self, cause: RootCause) -> bool:
        """Return whether the whole root cause lies in this entry's scope."""
        scope = cause.finding.scope
        return (
            self.code == cause.check.code
            and (not self.clusters or set(scope.clusters) <= set(self.clusters))
            and (not self.pairs or set(scope.pairs) <= set(self.pairs))
            and self.service in ("", scope.service)
        )

    def __str__(self) -> str:
        places = (", ".join(self.clusters), ", ".join(map(str, self.pairs)), self.service)
        scope = "; ".join(filter(None, places))
        return f"the ignore entry for {self.code}{f' ({scope})' if scope else ''}, {self.reason!r},"


def parse(document: str) -> tuple[Entry, ...]:
    """Return the entries in their order."""
    body = mapping(load_yaml(document))
    _refuse(set(body) - {"ignore"}, "the file")
    return tuple(_entry(number, mapping(each)) for number, each in enumerate(sequence(body.get("ignore")), start=1))


def _entry(number: int, body: dict[str, Any]) -> Entry:
    where = f"entry {number}"
    _refuse(set(body) - _KEYS, where)
    for key in ("code", "reason", "until"):
        if not body.get(key):
            raise ParseError(f"{where} has no {key}")
    return Entry(
        code=text(body["code"]).upper(),
        reason=text(body["reason"]),
        until=_day(body["until"], where),
        clusters=names(body.get("clusters")),
        pairs=tuple(_pair(each, where) for each in names(body.get("pairs"))),
        service=text(body.get("service")),
    )


def _refuse(unknown: set[str], where: str) -> None:
    if unknown:
        raise ParseError(f"{where} has {', '.join(sorted(map(str, unknown)))}, which mcdiag does not know")


def _day(value: object, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ParseError(f"{where}: until is {value}, not a day such as 2026-12-31") from None


def _pair(value: str, where: str) -> Pair:
    ends = _ARROW.split(value.strip())
    if len(ends) != 2 or not all(ends):
        raise ParseError(f"{where}: {value!r} is not a pair such as cluster1 -> cluster2")
    return Pair(*ends)


def applied(report: Report, entries: Iterable[Entry]) -> Report:
    """Return the report with the root causes that the entries cover set apart, judged as of the day it was taken."""
    entries = tuple(entries)
    today = report.taken_at.date()
    holding = [each for each in entries if each.until >= today]
    matched = {cause: each for cause in report.root_causes for each in reversed(holding) if each.covers(cause)}
    kept = tuple(cause for cause in report.root_causes if cause not in matched)
    return replace(
        report,
        status=overall(kept, report.unknowns),
        root_causes=kept,
        ignored=tuple(Ignored(cause, each.reason, each.until) for cause, each in matched.items()),
        remarks=tuple(_remarks(entries, today, report.root_causes)),
        pairs=tuple(_judged_again(report.pairs, kept, report)),
    )


def _remarks(entries: tuple[Entry, ...], today: date, causes: tuple[RootCause, ...]) -> Iterator[str]:
    for each in entries:
        if each.until < today:
            yield f"{each} expired on {each.until} and has no effect"
        elif not any(map(each.covers, causes)):
            yield f"{each} matches nothing that was found; take it out of the file"


def _judged_again(pairs: tuple[PairVerdict, ...], kept: tuple[RootCause, ...], report: Report) -> Iterator[PairVerdict]:
    """Yield how each pair stands without what is ignored: unknown before what is left, and that before ignored."""
    codes = codes_by_pair(kept)
    failing = (part.finding for cause in kept for part in cause.parts if part.finding.status is Status.FAIL)
    broken = {pair for found in failing for pair in found.scope.pairs}
    unsure = {pair for unknown in report.unknowns for pair in unknown.pairs}
    for each in pairs:
        left = replace(each, root_causes=codes.get(each.pair, ()))
        if left.root_causes == each.root_causes or each.status not in (Status.FAIL, Status.WARN) or each.pair in broken:
            yield left
        elif each.pair in unsure:
            yield replace(left, status=Status.UNKNOWN)
        else:
            yield replace(left, status=Status.WARN) if left.root_causes else replace(left, ignored=True)

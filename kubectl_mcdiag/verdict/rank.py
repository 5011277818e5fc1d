"""In which order things are reported: by what they are, never by the order in which they were found."""

from dataclasses import replace

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Check, Finding
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.verdict.model import RootCause
from kubectl_mcdiag.verdict.outcomes import Judged

_PLACES = {check.code: place for place, check in enumerate(CHECKS)}
Place = tuple[int, ...]


def ranked(causes: tuple[RootCause, ...]) -> tuple[RootCause, ...]:
    """Return root causes: failures first, then what breaks most pairs and calls, then what is most certain.

    What more evidence shows is more certain; the catalogue's causal order decides between the rest.
    """
    return tuple(sorted(causes, key=_weight))


def _weight(cause: RootCause) -> tuple[int, int, int, int, int, int, str]:
    broken = [part.finding.scope for part in cause.parts if part.finding.status is cause.finding.status]
    pairs = {pair for scope in broken for pair in scope.pairs}
    whole = {pair for scope in broken for pair in scope.pairs if not scope.names}
    calls = {(pair, name) for scope in broken for pair in scope.pairs for name in scope.names}
    seen = {part.check.symptom for part in cause.parts if part.check.symptom}
    place = _PLACES.get(cause.check.code, len(_PLACES))
    return -cause.finding.status.rank, -len(pairs), -len(whole), -len(calls), -len(seen), place, _text(cause.finding)


def in_order(judged: tuple[Judged, ...], contexts: tuple[str, ...]) -> tuple[Judged, ...]:
    """Return how checks came out, and their findings, in the order of the catalogue and of the contexts."""
    places = {context: place for place, context in enumerate(contexts)}
    found = (replace(one, findings=tuple(sorted(one.findings, key=lambda f: _of_finding(f, places)))) for one in judged)
    return tuple(sorted(found, key=lambda one: (of_check(one.check), _of_unit(one.unit, places))))


def of_check(check: Check) -> tuple[int, str]:
    """Return the place of a check among all, for those of the catalogue its own order."""
    return _PLACES.get(check.code, len(_PLACES)), check.code


def _of_finding(found: Finding, places: dict[str, int]) -> tuple[tuple[Place, ...], str, str]:
    scope = found.scope
    named = "/".join((scope.service, scope.network, scope.istiod, scope.workload, *scope.services, *scope.clusters))
    return tuple(_of_unit(pair, places) for pair in scope.pairs), named, _text(found)


def _text(found: Finding) -> str:
    return f"{found.status.rank} {found.problem} {found.detail}"


def _of_unit(unit: str | Pair | None, places: dict[str, int]) -> Place:
    if unit is None:
        return ()
    names = (unit.source, unit.destination) if isinstance(unit, Pair) else (unit,)
    return tuple(places[name] for name in names)

"""How the services of a pair stand: which are judged, which fail, which stay local because somebody asked for it."""

from collections.abc import Iterable
from dataclasses import replace

from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import subjects
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.verdict.model import Consequence, PairVerdict


def by_pair(found: Iterable[Consequence]) -> dict[Pair, tuple[Consequence, ...]]:
    """Return the findings about each pair."""
    about: dict[Pair, list[Consequence]] = {}
    for one in found:
        for pair in dict.fromkeys(one.finding.scope.pairs):
            about.setdefault(pair, []).append(one)
    return {pair: tuple(here) for pair, here in about.items()}


def standing(view: View, verdict: PairVerdict, here: tuple[Consequence, ...]) -> PairVerdict:
    """Return the verdict on a pair with how its services stand after what was found of it."""
    pair = verdict.pair
    services = ask(lambda: subjects(view, pair.source, pair.destination)) or ()
    failing = _services(services, [one for one in here if one.finding.status is Status.FAIL])
    keeping = [one for one in here if one.finding.status is Status.NOTE and one.check.keeps_local]
    return replace(
        verdict,
        services=tuple(dict.fromkeys((*services, *failing))),
        failing=failing,
        local=_services(services, keeping),
        kept_by=tuple(dict.fromkeys(one.check.code for one in keeping)),
    )


def _services(all_of_them: tuple[str, ...], found: list[Consequence]) -> tuple[str, ...]:
    """Return the services that findings are about; one without a service is about all."""
    scopes = [one.finding.scope for one in found]
    if any(not scope.service and not scope.services for scope in scopes):
        return all_of_them
    return tuple(dict.fromkeys(name for scope in scopes for name in (scope.service, *scope.services) if name))

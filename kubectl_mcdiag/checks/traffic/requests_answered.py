"""Requests are answered from every cluster.

The guide's first test, sent with `--probe` from a client that is there: requests to a service that several clusters
run, counted by the cluster whose pod answered. The answer must name its pod, as the guide's helloworld does. It shows
what users notice and seldom why: what failed is explained by the root cause, where there is one. A service that stays
inside its cluster on purpose (see the notes) is not requested of the other.

To mend it: mend the root cause. If there is none, look at the status of the answers: 503 is Envoy's and names its
reason, any other is the service's own.

Source: Guide T0.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import asked
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import (
    PROBE_REQUESTS,
)
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.by_design import keeps_away
from kubectl_mcdiag.mesh.traffic.probes import FAILED, UNTOLD, Loop, loop, may_miss, need_probe, probed
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{number} requests from {source} to {service}: {tally}; {answered} answered from {destination}."
ANONYMOUS = "the answers of {service} to {source} name no pod: {lines}"
NOTHING = "no HTTP service to request from {source} in {destination}: name one on the command line"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that the destination did not answer, a warning where some requests failed."""
    need_probe(view)
    services = probed(view, pair.source, pair.destination)
    if not services:
        raise NotApplicable(NOTHING.format(source=pair.source, destination=pair.destination))
    for service in services:
        found = loop(view, pair.source, service)
        away = keeps_away(view, pair.source, found.client, service, pair.destination)
        if not away and not may_miss(view, service, pair.destination):
            yield from _judged(view, pair, service, found)


def _judged(view: View, pair: Pair, service: str, found: Loop) -> Iterator[Finding]:
    if not found.counts[pair.destination]:
        if found.counts[UNTOLD] and not found.counts[FAILED]:
            raise NotApplicable(ANONYMOUS.format(service=service, source=pair.source, lines=", ".join(found.lines)))
        yield _finding(view, pair, service, found, Status.FAIL)
    elif found.counts[FAILED] and all(found.counts[context] for context in view.contexts):
        yield _finding(view, pair, service, found, Status.WARN)


def _finding(view: View, pair: Pair, service: str, found: Loop, status: Status) -> Finding:
    return Finding(
        status,
        Scope((pair.source,), (pair,), service, network(view, pair.destination), "", found.client),
        PROBLEM.format(
            number=len(found.answers),
            source=pair.source,
            service=service,
            tally=found.tally,
            answered=found.counts[pair.destination] or "none",
            destination=pair.destination,
        ),
        (asked(view, PROBE_REQUESTS, pair.source, found.target, *found.lines),),
    )


CHECK = Check(
    "MC630",
    "requests are answered from every cluster",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_ANSWER,
    guide="T0",
)

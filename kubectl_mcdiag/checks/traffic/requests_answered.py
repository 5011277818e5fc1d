"""Requests are answered from every cluster.

The guide's first test, sent with `--probe` from a client that is there: requests to a service that several clusters
run, counted by the cluster whose pod answered. The answer must name its pod, as the guide's helloworld does. It shows
what users notice and seldom why: what failed is explained by the root cause, where there is one. A service that stays
inside its cluster on purpose (see the notes) is not requested of the other.

Fix: follow the root cause. If there is none, look at the status of the answers: 503 is Envoy's and names its
reason, any other is the service's own.

Source: Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.checks.traffic.guards import with_probe
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import PROBE_REQUESTS
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.traffic.kept_local import keeps_away
from kubectl_mcdiag.mesh.traffic.probes import FAILED, UNTOLD, Loop, loop, may_miss, probed
from kubectl_mcdiag.mesh.view import View

ANONYMOUS = "the answers of {service} to {source} name no pod: {lines}"
NOTHING_TO_ASK = "no HTTP service to request from {source} in {destination}: name one on the command line"
LOOK = (
    "Look at the status of the answers: 503 is Envoy's, whose access log names the reason by its"
    " response flags; any other is the service's own."
)


def with_services(view: View, pair: Pair) -> str:
    """Keep the rule to pairs with a service to request."""
    found = probed(view, pair.source, pair.destination)
    return "" if found else NOTHING_TO_ASK.format(source=pair.source, destination=pair.destination)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each service that the destination did not answer, a warning where some requests failed."""
    for service in probed(view, pair.source, pair.destination):
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
        say(
            "{answered} of {number} requests from {source} to {service} were answered from {destination}",
            number=len(found.answers),
            source=pair.source,
            service=service,
            answered=found.counts[pair.destination] or "none",
            destination=pair.destination,
        ),
        (asked(view, PROBE_REQUESTS, pair.source, found.target, *found.lines),),
        detail=say("Answers by cluster: {tally}.", tally=found.tally),
        advice=say(LOOK),
    )


CHECK = Check(
    "MC630",
    "requests are answered from every cluster",
    Unit.PAIR,
    run,
    guards=(
        with_probe,
        with_services,
    ),
    symptom=Symptom.NO_ANSWER,
    guide="T0",
)

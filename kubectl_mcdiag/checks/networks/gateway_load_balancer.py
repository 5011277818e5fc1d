"""The load balancer of the east-west gateway passes TCP through.

Calls between networks are mutual TLS from client to server, and the gateway reads no more of it than the SNI. A load
balancer that ends TLS, speaks HTTP, or sends a PROXY header first breaks the handshake; one with an address inside its
own cloud network cannot be reached from outside. Where calls get through none of that matters, and nothing is said.

Fix: make it a plain TCP load balancer that other clusters can reach: take the annotation away.

Source: annotations of the cloud controllers of AWS, Azure, Google, DigitalOcean, Linode.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrances
from kubectl_mcdiag.mesh.networks.load_balancers import is_internal, not_plain
from kubectl_mcdiag.mesh.traffic.connections import answered_endpoints, calls_fail
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The load balancer of east-west gateway {gateway} in {context} {what}"
DETAIL = "It has the annotation {annotation}. Mutual TLS is end to end and needs plain TCP forwarding."
INTERNAL = "has only an address inside its own cloud network"
WHY = say("makes it a plain TCP load balancer; some controllers create it again, with another address")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where calls fail for a load balancer's annotations to explain, else a warning before any call."""
    for context, service in entrances(view, pair):
        found = not_plain(service)
        internal = dict.fromkeys(is_internal(service), INTERNAL)
        failing = calls_fail(view, pair.source, pair.destination)
        if not failing and answered_endpoints(view, pair.source, pair.destination):
            continue
        # An internal load balancer is right for clouds that are joined: it counts only where calls fail.
        for annotation, what in {**found, **(internal if failing else {})}.items():
            yield _finding(view, pair, context, service, Status.FAIL if failing else Status.WARN, annotation, what)


def _finding(
    view: View, pair: Pair, context: str, service: Service, status: Status, annotation: str, what: str
) -> Finding:
    target, (key, _, value) = Object(context, "service", service.name, service.namespace), annotation.partition("=")
    taken_out = replaced(pointer("metadata", "annotations", key), value, None)
    return Finding(
        status,
        Scope((context,), (pair,), network=network(view, pair.destination)),
        say(PROBLEM, context=context, gateway=service.full_name, what=what),
        (object_shown(view, target, f"{key}: {value}"),),
        (patch(view, Action.MOVE_TRAFFIC, target, taken_out, WHY),),
        say(DETAIL, annotation=annotation),
    )


CHECK = Check(
    "MC414",
    "the load balancer of the east-west gateway passes TCP through",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F14", "F13"),
)

"""NetworkPolicies allow calls between clusters.

A NetworkPolicy that selects the east-west gateway's pods must allow port 15443 from outside the cluster, and one for
egress that selects clients must allow connections to the other network's gateway. On one network pods call the pods of
the other cluster, which selectors of pods and namespaces never match: only an address range does, or no `from` or `to`
at all. Every pod and port is judged. Whether policies are enforced is up to the network plugin: it is a warning until
connections are seen to fail.

Fix: add a policy that allows the port for the addresses of the other cluster.

Source: Kubernetes, "Network policies".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.policies import opened
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.network_policies import (
    Closed,
    clients_kept_from_gateways,
    clients_kept_from_services,
    closed_gateways,
    closed_services,
)
from kubectl_mcdiag.mesh.traffic.connections import calls_fail
from kubectl_mcdiag.mesh.view import View

IN = "NetworkPolicy {policy} in {context} blocks calls from {source} to port {port} of {what}"
OUT = "NetworkPolicy {policy} in {context} blocks calls from {pods} to {what}"
ENFORCED = "Calls fail where the network plugin enforces it."
ONLY_IN = "It allows this port only from {allowed}. " + ENFORCED
ONLY_OUT = "It allows these pods to connect only to {allowed}, not to {address}, port {port}. " + ENFORCED
ASK_OUT = "Ask the owner of this policy to allow TCP port {port} to {address}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield what a policy blocks: a failure where connections of this pair fail, else a warning."""
    found = tuple(_closed(view, pair))
    if found:
        fails = calls_fail(view, pair.source, pair.destination)
        for service, closed in found:
            status = Status.FAIL if fails and not closed.others else Status.WARN
            yield _finding(view, pair, closed, service, status)


def _closed(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    if crosses_networks(view, pair.source, pair.destination):
        yield from (("", closed) for closed in closed_gateways(view, pair))
        yield from (("", closed) for closed in clients_kept_from_gateways(view, pair))
    else:
        yield from closed_services(view, pair)
        yield from clients_kept_from_services(view, pair)


def _finding(view: View, pair: Pair, closed: Closed, service: str, status: Status) -> Finding:
    steps = opened(view, pair, closed)
    return Finding(
        status,
        Scope((closed.context,), (pair,), service=service, workload=closed.pod.full_name if closed.address else ""),
        _problem(pair, closed, service),
        (_shown(view, closed),),
        steps,
        detail=_detail(closed),
        advice=NOTHING if steps else say(ASK_OUT, port=closed.port, address=closed.address),
    )


def _problem(pair: Pair, closed: Closed, service: str) -> Message:
    policy, context, port = closed.policy.full_name, closed.context, closed.port
    if closed.address:
        pods = tuple(pod.full_name for pod in closed.pods)
        template = OUT.replace("{what}", "{service} in {other}" if service else "the gateway of {other}")
        return say(template, policy=policy, context=context, pods=pods, other=pair.destination, service=service)
    template = IN.replace("{what}", "{service}" if service else "its east-west gateway")
    return say(template, policy=policy, context=context, source=pair.source, port=port, service=service)


def _detail(closed: Closed) -> Message:
    ranges = tuple(block for rule in closed.rules for block in rule.ranges)
    allowed = ranges or ("pods of this cluster" if closed.rules else "no address")
    if closed.address:
        return say(ONLY_OUT, allowed=allowed, address=closed.address, port=closed.port)
    return say(ONLY_IN, allowed=allowed)


def _shown(view: View, closed: Closed) -> Evidence:
    policy, direction = closed.policy, "egress" if closed.address else "ingress"
    target = Object(closed.context, "networkpolicy", policy.name, policy.namespace)
    lines = [f"{direction}:", *(f"cidr: {block}" for rule in closed.rules for block in rule.ranges)]
    return object_shown(view, target, *(lines if closed.rules else ["policyTypes:", f"- {direction.capitalize()}"]))


CHECK = Check(
    "MC521",
    "NetworkPolicies allow calls between clusters",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("D17",),
    guide="T1",
)

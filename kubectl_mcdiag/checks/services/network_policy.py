"""NetworkPolicies let calls between clusters out and in.

A NetworkPolicy that selects the east-west gateway's pods must let port 15443 in from outside the cluster, and one for
egress that selects clients must let them out to the other network's gateway. On one network pods call the pods of the
other cluster, which selectors of pods and namespaces never mean: only an address range does, or no `from` or `to` at
all. Whether policies are enforced is up to the network plugin: it is a warning until connections are seen to fail.

To mend it: add a rule that lets the port in or out, for the other cluster's addresses or for any.

Source: Kubernetes, "Network policies". Catalogue D17.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.network_policies import (
    Closed,
    clients_kept_from_gateways,
    clients_kept_from_services,
    closed_gateways,
    closed_services,
)
from kubectl_mcdiag.mesh.traffic.ways import calls_fail
from kubectl_mcdiag.mesh.view import View

IN = (
    "{what}: NetworkPolicy {policy} in {context} selects {pod} and lets port {port} in from {allowed} alone; where the"
    " network plugin enforces it, calls from another cluster do not get in."
)
OUT = (
    "{what}: NetworkPolicy {policy} in {context} selects {pod} and lets it out to {allowed} alone; where the network"
    " plugin enforces it, its calls to another cluster do not get out."
)
GATEWAY, OTHERS = "the east-west gateway", "calls to other networks"
WHY_IN = "lets this port in from anywhere; name the other cluster's ranges in `from` to be stricter"
WHY_OUT = "lets calls to this port out to anywhere; name the other cluster's ranges in `to` to be stricter"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield what a policy keeps in or out: a failure where connections of this pair fail, else a warning."""
    found = tuple(_closed(view, pair))
    if found:
        status = Status.FAIL if calls_fail(view, pair.source, pair.destination) else Status.WARN
        yield from (_finding(view, pair, closed, service, status) for service, closed in found)


def _closed(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    if crosses_networks(view, pair.source, pair.destination):
        yield from (("", closed) for closed in closed_gateways(view, pair))
        yield from (("", closed) for closed in clients_kept_from_gateways(view, pair))
    else:
        yield from closed_services(view, pair)
        yield from clients_kept_from_services(view, pair)


def _finding(view: View, pair: Pair, closed: Closed, service: str, status: Status) -> Finding:
    allowed = ", ".join(block for rule in closed.rules for block in rule.ranges)
    workload = closed.pod.full_name if closed.address else ""
    return Finding(
        status,
        Scope(clusters=(closed.context,), pairs=(pair,), service=service, workload=workload),
        (OUT if closed.address else IN).format(
            what=service or (OTHERS if closed.address else GATEWAY),
            policy=closed.policy.full_name,
            context=closed.context,
            pod=closed.pod.full_name,
            port=closed.port,
            allowed=allowed or ("pods of this cluster" if closed.rules else "nobody"),
        ),
        (_shown(view, closed, allowed),),
        (_step(view, closed),),
    )


def _shown(view: View, closed: Closed, allowed: str) -> Evidence:
    policy, way = closed.policy, "egress to" if closed.address else "ingress from"
    return shows(
        closed.context,
        kubectl(view, closed.context, "-n", policy.namespace, "get", "networkpolicy", policy.name, "-o", "yaml"),
        f"podSelector: {policy.selector}",
        f"{way}: {allowed or 'selectors alone' if closed.rules else 'nobody'}",
        *((f"without {closed.address}:{closed.port}",) if closed.address else ()),
    )


def _step(view: View, closed: Closed) -> Step:
    policy, number = closed.policy, int(closed.port) if closed.port.isdecimal() else closed.port
    way, why = ("egress", WHY_OUT) if closed.address else ("ingress", WHY_IN)
    value = {"ports": [{"port": number}]}
    path, more = (f"/spec/{way}/-", value) if closed.rules else (f"/spec/{way}", [value])
    operations = [{"op": "add", "path": path, "value": more}]
    return json_patch(view, closed.context, policy.namespace, "networkpolicy", policy.name, operations, why)


CHECK = Check(
    "MC521",
    "NetworkPolicies let calls between clusters out and in",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("D17",),
    guide="T1",
)

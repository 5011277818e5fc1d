"""NetworkPolicies let calls from other clusters in.

A NetworkPolicy that selects the east-west gateway's pods must let port 15443 in from outside the cluster. On one
network the pods of a service are called by pods of the other cluster, which selectors of pods and namespaces never
mean: only an address range does, or no `from` at all. Whether policies are enforced is up to the network plugin.

To mend it: add a rule that lets the port in, from the other cluster's addresses or from anywhere.

Source: Kubernetes, "Network policies". Catalogue D17.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.facts.admission import Closed, closed_gateways, closed_services
from kubectl_mcdiag.facts.identity import crosses_networks
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Unit
from kubectl_mcdiag.remedies import json_patch, kubectl, shows

PROBLEM = (
    "{what}: NetworkPolicy {policy} in {context} selects {pod} and lets port {port} in from {allowed} alone; where the"
    " network plugin enforces it, calls from another cluster do not get in."
)
WHY = "lets this port in from anywhere; name the other cluster's ranges in `from` to be stricter"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning for each policy that keeps calls from the source out."""
    if crosses_networks(view, pair.source, pair.destination):
        yield from (_finding(view, pair, closed, "") for closed in closed_gateways(view, pair.destination))
    else:
        for service, closed in closed_services(view, pair.source, pair.destination):
            yield _finding(view, pair, closed, service)


def _finding(view: View, pair: Pair, closed: Closed, service: str) -> Finding:
    context, policy = pair.destination, closed.policy
    number: int | str = int(closed.port) if closed.port.isdigit() else closed.port
    value: dict[str, object] = {"ports": [{"port": number}]}
    path, more = ("/spec/ingress/-", value) if policy.ingress else ("/spec/ingress", [value])
    operations = [{"op": "add", "path": path, "value": more}]
    allowed = ", ".join(block for way in policy.ingress for block in way.ranges)
    return Finding(
        Status.WARN,
        Scope(clusters=(context,), pairs=(pair,), service=service),
        PROBLEM.format(
            what=service or "the east-west gateway",
            policy=f"{policy.name}.{policy.namespace}",
            context=context,
            pod=closed.pod.full_name,
            port=closed.port,
            allowed=allowed or ("pods of this cluster" if policy.ingress else "nobody"),
        ),
        (
            shows(
                context,
                kubectl(view, context, "-n", policy.namespace, "get", "networkpolicy", policy.name, "-o", "yaml"),
                f"podSelector: {policy.selector or '{}'}",
                f"ingress from: {allowed or 'selectors alone' if policy.ingress else 'nobody'}",
            ),
        ),
        (json_patch(view, context, policy.namespace, "networkpolicy", policy.name, operations, WHY),),
    )


CHECK = Check(
    "MC521",
    "NetworkPolicies let calls from other clusters in",
    Unit.PAIR,
    run,
    (CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES),
    rows=("D17",),
    guide="T1",
)

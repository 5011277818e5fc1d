"""A client that may call a service in one cluster may call it in the others.

AuthorizationPolicies are read by the servers' own istiod, so that they can differ between clusters: a client gets
answers from here and 403 "RBAC: access denied" from there. A client that is let in nowhere is refused on purpose and
not told. Judged by who calls: rules about paths, headers or addresses are taken to let everybody through.

To mend it: let the client in there as well, or take it out here.

Source: Istio, "Authorization policy". Catalogue D16.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.facts.authorization import accepted, denial, principal
from kubectl_mcdiag.facts.endpoints import crossing
from kubectl_mcdiag.facts.identity import clients
from kubectl_mcdiag.facts.mutual_tls import backing
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Pair, Scope, Status, Symptom, Unit
from kubectl_mcdiag.parsers.authorization import AuthorizationPolicy
from kubectl_mcdiag.remedies import json_patch, kubectl, shows

PROBLEM = (
    "{service}: AuthorizationPolicy {policy} in {plane} ({action}) refuses {principal}, which {other} lets in: its"
    " calls to {context} end in 403."
)
WHY = "lets this client in"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each client whose own cluster lets it in and the destination does not."""
    for client in clients(view, pair.source):
        caller = principal(view, pair.source, client)
        for service in crossing(view, pair.source, pair.destination) if caller else ():
            found = [denial(view, pair.destination, pod, caller) for pod in backing(view, pair.destination, service)]
            known = accepted(view, pair, service, client)
            if found and all(found) and known and found[0]:
                yield _finding(view, pair, service, caller, *found[0])


def _finding(view: View, pair: Pair, service: str, caller: str, plane: str, policy: AuthorizationPolicy) -> Finding:
    shown = kubectl(view, plane, "-n", policy.namespace, "get", "authorizationpolicy", policy.name, "-o", "yaml")
    wider = [{"op": "add", "path": "/spec/rules/-", "value": {"from": [{"source": {"principals": [caller]}}]}}]
    sources = [caller for rule in policy.rules for caller in rule.callers]
    names = [name for source in sources for name in source.principals + source.namespaces]
    fix = (json_patch(view, plane, policy.namespace, "authorizationpolicy", policy.name, wider, WHY),)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            policy=f"{policy.name}.{policy.namespace}",
            plane=plane,
            action=policy.action,
            principal=caller,
            other=pair.source,
            context=pair.destination,
        ),
        (shows(plane, shown, f"action: {policy.action}", f"from: {', '.join(names) or 'nobody'}"),),
        fix if policy.action == "ALLOW" and policy.rules else (),
    )


CHECK = Check(
    "MC519",
    "a client that may call a service in one cluster may call it in the others",
    Unit.PAIR,
    run,
    (CONFIG_MAPS, ISTIO_CONFIG, PODS, RESOURCES),
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D16",),
    guide="T0",
)

"""A client that may call a service in one cluster may call it in the others.

AuthorizationPolicies are read by the servers' own istiod, so that they can differ between clusters: a client gets
answers from here and 403 "RBAC: access denied" from there. A client that is let in nowhere is refused on purpose and
not told. Judged by who calls: rules about paths, headers or addresses are taken to let everybody through.

To mend it: let the client in there as well, or take it out here.

Source: Istio, "Authorization policy". Catalogue D16.
"""

from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import apply, json_patch, kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AuthorizationPolicy
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.authorization import accepted, denial, means, principal, refuses
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = (
    "{service}: AuthorizationPolicy {policy} in {plane} ({action}) refuses {principal}, let in by {other}: its"
    " calls to {context} end in 403."
)
WHY = "lets this client in"
WHY_SPARE = "refuses this client no longer"


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
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(
            service=service,
            policy=f"{policy.name}.{policy.namespace}",
            plane=plane,
            action=policy.action,
            principal=caller,
            other=listed(_lenient(view, pair, service, caller)),
            context=pair.destination,
        ),
        (shows(plane, shown, f"action: {policy.action}", f"from: {_callers(policy)}"),),
        (_step(view, pair, service, caller, plane, policy),),
    )


def _lenient(view: View, pair: Pair, service: str, caller: str) -> tuple[str, ...]:
    """Return the clusters that have such a client and let it in."""

    def lets_in(context: str) -> bool:
        same = [client for client in clients(view, context) if principal(view, context, client) == caller]
        return any(accepted(view, Pair(context, pair.destination), service, client) for client in same)

    return tuple(context for context, lets in known(view, lets_in).items() if lets)


def _callers(policy: AuthorizationPolicy) -> str:
    """Return whom the rules of a policy name."""
    if any(not rule.callers for rule in policy.rules):
        return "anybody"
    sources = [source for rule in policy.rules for source in rule.callers]
    return ", ".join(name for source in sources for name in source.principals + source.namespaces) or "nobody"


def _step(view: View, pair: Pair, service: str, caller: str, plane: str, policy: AuthorizationPolicy) -> Step:
    admitted = {"from": [{"source": {"principals": [caller]}}]}
    if policy.action == "ALLOW" and not policy.rules:
        # It may stand for many services: the client gets a policy of its own.
        own = _policy(services(view, pair.destination)[service], caller.rpartition("/")[2], admitted)
        return Step(Kind.SAFE, apply(view, plane, own), WHY)
    wider = [{"op": "add", "path": "/spec/rules/-", "value": admitted}]
    operations, why = (_spared(policy, caller), WHY_SPARE) if policy.action == "DENY" else (wider, WHY)
    return json_patch(view, plane, policy.namespace, "authorizationpolicy", policy.name, operations, why)


def _spared(policy: AuthorizationPolicy, caller: str) -> list[dict[str, Any]]:
    """Return what takes this caller alone out of what a policy denies."""
    operations: list[dict[str, Any]] = []
    for index, rule in ((index, rule) for index, rule in enumerate(policy.rules) if refuses(rule, caller)):
        path = f"/spec/rules/{index}/from"
        if not rule.callers:
            operations.append({"op": "add", "path": path, "value": [{"source": {"notPrincipals": [caller]}}]})
        for place, source in enumerate(rule.callers):
            if not source.is_partial and means(source, caller):
                operations.append({"op": "add", "path": f"{path}/{place}/source/notPrincipals", "value": [caller]})
    return operations


def _policy(service: Service, account: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": f"{service.name}-from-{account}", "namespace": service.namespace},
        "spec": {"selector": {"matchLabels": service.selector}, "action": "ALLOW", "rules": [rule]},
    }


CHECK = Check(
    "MC519",
    "a client that may call a service in one cluster may call it in the others",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_ANSWER,),
    rows=("D16",),
    guide="T0",
)

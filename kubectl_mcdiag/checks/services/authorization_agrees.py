"""A client that may call a service in one cluster may call it in the others.

AuthorizationPolicies are read by the servers' own istiod, so that they can differ between clusters: a client gets
answers from here and 403 "RBAC: access denied" from there. A client that no cluster admits is refused on purpose and
not reported. Only the caller's identity is judged: rules about paths, headers or addresses are assumed to admit every
caller.

Fix: admit the client there as well, to the same extent as here; or refuse it here.

Source: Istio, "Authorization policy"; Istio 1.31 `pilot/pkg/trustdomain/trust-domain.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, NotJudged, Scope, Symptom, Unit
from kubectl_mcdiag.checks.each import per_client
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.policies import let_in
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AuthorizationPolicy, Caller
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.authorization import accepted, denial, is_unlimited, principal
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.view import View, known

COPY = (
    "{other} {other:lets|let} {principal} do some things only: change {policy} in {plane} so that it may do the same"
    " there, and no more."
)


@per_client
def run(view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each client whose own cluster admits it and the destination does not."""
    caller = principal(view, pair.source, client)
    for service in crossing(view, pair.source, pair.destination) if caller else ():
        found = [denial(view, pair.destination, pod, caller) for pod in backing(view, pair.destination, service)]
        if found and all(found) and found[0] and accepted(view, pair, service, client):
            yield _finding(view, pair, service, caller, *found[0])


def _finding(view: View, pair: Pair, service: str, caller: str, plane: str, policy: AuthorizationPolicy) -> Finding:
    own = backing(view, pair.source, service)
    is_wide = all(is_unlimited(view, pair.source, pod, caller) for pod in own)
    other, name = _lenient(view, pair, service, caller), f"{policy.name}.{policy.namespace}"
    advice = NOTHING if is_wide else say(COPY, other=other, principal=caller, policy=name, plane=plane)
    return Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "AuthorizationPolicy {policy} in {plane} refuses calls of {client} to {service}",
            service=service,
            policy=name,
            plane=plane,
            client=_account(caller),
        ),
        (_shown(view, plane, policy),),
        let_in(view, pair, service, caller, plane, policy) if is_wide else (),
        detail=_detail(caller, other, pair.destination, policy),
        advice=advice,
    )


def _account(caller: str) -> str:
    """Return `account of namespace`, which tells clients apart within a mesh."""
    _, _, namespace, _, account = caller.split("/")
    return f"{account} of {namespace}"


def _detail(caller: str, other: tuple[str, ...], context: str, policy: AuthorizationPolicy) -> Message:
    return say(
        "Its action is {action}. {other} {other:admits|admit} {principal}, and its calls to {context} end in 403.",
        action=policy.action,
        other=other,
        principal=caller,
        context=context,
    )


def _lenient(view: View, pair: Pair, service: str, caller: str) -> tuple[str, ...]:
    """Return the clusters that have such a client and admit it."""

    def admits_caller(context: str) -> bool:
        same = [client for client in clients(view, context) if principal(view, context, client) == caller]
        return any(accepted(view, Pair(context, pair.destination), service, client) for client in same)

    return tuple(context for context, admits in known(view, admits_caller).items() if admits)


def _shown(view: View, plane: str, policy: AuthorizationPolicy) -> Evidence:
    target = Object(plane, "authorizationpolicy", policy.name, policy.namespace)
    named = [f"- {name}" for rule in policy.rules for source in rule.callers for name in _names(source)]
    action = [f"action: {policy.action}"] if policy.action != "ALLOW" else []
    return object_shown(view, target, *action, *(named or ["rules:" if policy.rules else "spec:"]))


def _names(source: Caller) -> tuple[str, ...]:
    return source.principals + source.namespaces


CHECK = Check(
    "MC519",
    "a client that may call a service in one cluster may call it in the others",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_ADMITTED, Symptom.NO_ANSWER),
    rows=("D16",),
    guide="T0",
)

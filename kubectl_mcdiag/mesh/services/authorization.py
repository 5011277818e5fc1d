"""Who may call whom, as far as AuthorizationPolicies tell it by the caller's identity and namespace."""

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AccessRule, AuthorizationPolicy, Caller
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.services.policy import root_namespace
from kubectl_mcdiag.mesh.view import View


def principal(view: View, context: str, pod: Pod) -> str:
    """Return the identity in a pod's certificate, `domain/ns/NAMESPACE/sa/ACCOUNT`; empty where no account is known."""
    if not pod.service_account:
        return ""
    return f"{mesh_of(view, context).trust_domain}/ns/{pod.namespace}/sa/{pod.service_account}"


def denial(view: View, context: str, server: Pod, caller: str) -> tuple[str, AuthorizationPolicy] | None:
    """Return the policy that refuses a caller at a pod, with the context it stands in; None where it is let in."""
    for plane in control_planes(view, context):
        found = _about(view, plane, server)
        for policy in found:
            if policy.action == "DENY" and any(refuses(rule, caller) for rule in policy.rules):
                return plane, policy
        allowing = [policy for policy in found if policy.action == "ALLOW"]
        if allowing and not any(_perhaps(view, plane, rule, caller) for policy in allowing for rule in policy.rules):
            return plane, allowing[0]
    return None


def _about(view: View, plane: str, server: Pod) -> list[AuthorizationPolicy]:
    spaces = (server.namespace, root_namespace(view, plane))
    return [
        policy
        for policy in view.read(ISTIO_CONFIG, plane, kind="authorizationpolicies").authorization_policies
        if policy.namespace in spaces and not policy.has_targets and policy.selector.items() <= server.labels.items()
    ]


def refuses(rule: AccessRule, caller: str) -> bool:
    """Tell whether a rule of a policy that denies means this caller whatever it asks for."""
    named = any(not source.is_partial and means(source, caller) for source in rule.callers)
    return not rule.is_partial and (named or not rule.callers)


def _perhaps(view: View, plane: str, rule: AccessRule, caller: str) -> bool:
    """Tell whether a rule can let this caller in: its trust domain's aliases count as the domain itself."""
    known = names_known(view, plane, caller)
    return not rule.callers or any(means(source, name) for source in rule.callers for name in known)


def names_known(view: View, plane: str, caller: str) -> tuple[str, ...]:
    """Return the names that the istiod of `plane` takes for this caller's."""
    mesh = mesh_of(view, plane)
    domain, _, rest = caller.partition("/")
    domains = (mesh.trust_domain, *mesh.trust_domain_aliases)
    return tuple(f"{name}/{rest}" for name in domains) if domain in domains else (caller,)


def means(source: Caller, caller: str) -> bool:
    """Tell whether a source means this caller, by its identity and its namespace."""
    namespace = caller.split("/")[2]
    return (not source.principals or any(fits(pattern, caller) for pattern in source.principals)) and (
        not source.namespaces or any(fits(pattern, namespace) for pattern in source.namespaces)
    )


def fits(pattern: str, value: str) -> bool:
    """Tell whether a value fits a pattern with a star at its beginning or end; `cluster.local` means any own domain."""
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value == pattern


def accepted(view: View, pair: Pair, service: str, client: Pod) -> bool:
    """Tell whether a client is let in by its own cluster's backends of a service."""
    own = backing(view, pair.source, service)
    caller = principal(view, pair.source, client)
    return bool(own) and not any(denial(view, pair.source, pod, caller) for pod in own)

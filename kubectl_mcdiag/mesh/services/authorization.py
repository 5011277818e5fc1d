"""Who may call whom, as far as AuthorizationPolicies tell it by the caller's identity and namespace."""

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AccessRule, AuthorizationPolicy, Caller
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.services.policy import root_namespace
from kubectl_mcdiag.mesh.view import View, fact

CLUSTER_LOCAL = "cluster.local"
"""In a policy it stands for the mesh's own trust domain, whatever that is called."""


def principal(view: View, context: str, pod: Pod) -> str:
    """Return the identity in a pod's certificate, `domain/ns/NAMESPACE/sa/ACCOUNT`; empty where no account is known."""
    if not pod.service_account:
        return ""
    return f"{mesh_of(view, context).trust_domain}/ns/{pod.namespace}/sa/{pod.service_account}"


def denial(view: View, context: str, server: Pod, caller: str) -> tuple[str, AuthorizationPolicy] | None:
    """Return the policy that refuses a caller at a pod, with its context; None where the caller is admitted."""
    for plane in control_planes(view, context):
        found, names = about(view, plane, server), domains(view, plane)
        for policy in found:
            if policy.action == "DENY" and any(refuses(rule, names, caller) for rule in policy.rules):
                return plane, policy
        allowing = [policy for policy in found if policy.action == "ALLOW"]
        if allowing and not any(admits_caller(rule, names, caller) for policy in allowing for rule in policy.rules):
            return plane, allowing[0]
    return None


def policies_about(view: View, context: str, server: Pod) -> list[tuple[str, AuthorizationPolicy]]:
    """Return the AuthorizationPolicies about a pod, each with the context that it stands in."""
    return [(plane, policy) for plane in control_planes(view, context) for policy in about(view, plane, server)]


def about(view: View, plane: str, server: Pod) -> list[AuthorizationPolicy]:
    """Return the AuthorizationPolicies that count at a pod: of its namespace and of the root namespace."""
    spaces = (server.namespace, root_namespace(view, plane))
    return [
        policy
        for policy in view.read(ISTIO_CONFIG, plane, kind="authorizationpolicies").authorization_policies
        if policy.namespace in spaces and not policy.has_targets and policy.selector.items() <= server.labels.items()
    ]


def refuses(rule: AccessRule, names: tuple[str, ...], caller: str) -> bool:
    """Return whether a rule of a policy that denies means this caller whatever it asks for; `names`: of the domain."""
    named = any(not source.is_partial and means(source, names, caller) for source in rule.callers)
    return not rule.is_partial and (named or not rule.callers)


def admits_caller(rule: AccessRule, names: tuple[str, ...], caller: str) -> bool:
    """Return whether a rule of a policy that allows can mean this caller, whatever else it asks for."""
    return not rule.callers or any(means(source, names, caller) for source in rule.callers)


@fact
def domains(view: View, plane: str) -> tuple[str, ...]:
    """Return the trust domain of an istiod and its aliases, which it takes for one."""
    mesh = mesh_of(view, plane)
    return (mesh.trust_domain, *mesh.trust_domain_aliases)


def means(source: Caller, names: tuple[str, ...], caller: str) -> bool:
    """Return whether a source means this caller, by its identity and its namespace."""
    namespace = caller.split("/")[2]
    principals = [pattern for written in source.principals for pattern in spelt(written, names)]
    return (not principals or any(fits(pattern, caller) for pattern in principals)) and (
        not source.namespaces or any(fits(pattern, namespace) for pattern in source.namespaces)
    )


def spelt(principal: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what Istio reads for a principal: one of the mesh's own trust domains, or `cluster.local`, means them all.

    The domain `*`, or a principal of another form, asks for none (Istio 1.31
    `pilot/pkg/security/trustdomain/bundle.go`, `ReplaceTrustDomainAliases`).
    """
    domain, *rest = principal.split("/")
    if len(rest) != 4 or domain == "*":
        return (principal,)
    own = [name for name in names if fits(domain, name)]
    if not own and domain != CLUSTER_LOCAL:
        return (principal,)
    kept = own if domain.startswith("*") else ()
    return tuple(principal if name in kept else "/".join((name, *rest)) for name in names)


def fits(pattern: str, value: str) -> bool:
    """Return whether a value fits a pattern with a star at its beginning or end."""
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value == pattern


def is_unlimited(view: View, context: str, server: Pod, caller: str) -> bool:
    """Return whether a caller that a pod admits may do everything there: no policy asks for more than who calls.

    What works elsewhere is the widest that a fix may allow.
    """
    for plane in control_planes(view, context):
        found, names = about(view, plane, server), domains(view, plane)
        if any(_is_partial(rule) for policy in found if policy.action != "ALLOW" for rule in policy.rules):
            return False
        allowing = [rule for policy in found if policy.action == "ALLOW" for rule in policy.rules]
        whole = [rule for rule in allowing if admits_caller(rule, names, caller) and not _is_partial(rule)]
        if allowing and not whole:
            return False
    return True


def _is_partial(rule: AccessRule) -> bool:
    return rule.is_partial or any(source.is_partial for source in rule.callers)


def accepted(view: View, pair: Pair, service: str, client: Pod) -> bool:
    """Return whether a client is admitted by its own cluster's backends of a service."""
    own = backing(view, pair.source, service)
    caller = principal(view, pair.source, client)
    return bool(own) and not any(denial(view, pair.source, pod, caller) for pod in own)

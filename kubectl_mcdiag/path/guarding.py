"""What guards a proxy, as operators call it: policies of Envoy's rules, and EnvoyFilters that may have made them."""

from kubectl_mcdiag.evidence.parsers.envoy.access import Rules
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.touched import OUTBOUND, envoy_filters_on


def filters_on(view: View, context: str, pod: Pod, where: str, filter_name: str = "") -> str:
    """Return the EnvoyFilters that alter the proxy of a pod, in the context `where` of Envoy's listeners.

    Where some of them put in a filter of this name, they are the ones.
    """
    found = [one for _, one in envoy_filters_on(view, context, pod, where)]
    exact = [one for one in found if filter_name and filter_name in [patch.name for patch in one.patches]]
    return ", ".join(f"EnvoyFilter {one.full_name}" for one in exact or found)


def patching_clusters(view: View, context: str, pod: Pod) -> str:
    """Return the EnvoyFilters that alter the clusters of a client's proxy."""
    found = (one for _, one in envoy_filters_on(view, context, pod, OUTBOUND))
    patching = (one for one in found if "CLUSTER" in [patch.apply_to for patch in one.patches])
    return ", ".join(f"EnvoyFilter {one.full_name}" for one in patching)


def with_objects(policy: str, objects: str) -> str:
    """Return a policy with the EnvoyFilters that may have made it, where no AuthorizationPolicy did."""
    return f"{policy} ({objects})" if objects and policy and "AuthorizationPolicy" not in policy else policy


def names_of(rules: Rules) -> str:
    """Return the policies of rules, as their objects are called."""
    return ", ".join(sorted({policy_name(name) for name in rules.policies})) or f"an empty {rules.action} policy"


def policy_name(name: str) -> str:
    """Return `AuthorizationPolicy NAME.NAMESPACE` for Envoy's `ns[NAMESPACE]-policy[NAME]-rule[0]`, else the name."""
    space, _, rest = name.removeprefix("ns[").partition("]-policy[")
    own, found, _ = rest.partition("]-rule[")
    return f"AuthorizationPolicy {own}.{space}" if found and name.startswith("ns[") else name

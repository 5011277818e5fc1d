"""Trust: the CA of each cluster, the roots that proxies hold, trust domains.

Calls between clusters are mutual TLS between the two sidecars, so both must accept each other's certificate. That
needs a root in common (by a CA plugged in as Secret `cacerts`, an external CA, or several roots that everybody
trusts), and trust domains that accept each other. What counts is the root in force, which istiod publishes in the
ConfigMap `istio-ca-root-cert`, and what running proxies hold, which can be older. While trust is broken, local calls
work and every call to the other cluster ends in 503.
"""

from types import ModuleType

from kubectl_mcdiag.checks.trust import (
    authority_chain,
    authority_dates,
    authority_directory,
    authority_external,
    authority_files,
    authority_generated,
    authority_in_force,
    authority_key,
    authority_may_sign,
    authority_plugged,
    authority_revocations,
    proxies_trust,
    root_published,
    root_replaced,
    roots_shared,
    trust_domains,
)

RULES: tuple[ModuleType, ...] = (
    authority_files,
    authority_dates,
    authority_may_sign,
    authority_chain,
    authority_key,
    authority_revocations,
    root_published,
    authority_external,
    authority_directory,
    authority_generated,
    root_replaced,
    authority_in_force,
    authority_plugged,
    roots_shared,
    proxies_trust,
    trust_domains,
)

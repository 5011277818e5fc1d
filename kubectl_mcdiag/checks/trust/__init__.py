"""Trust: the CA of each cluster, the roots that proxies hold, trust domains."""

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

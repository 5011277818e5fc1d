"""Services and policy: Services, ports, endpoints, injection, mutual TLS, authorization, visibility.

To Istio, Services of the same name and namespace are one service across clusters. It needs the same ports everywhere,
pods with sidecars where networks differ, and must be visible to its clients and to the east-west gateway. Policies can
keep it from crossing: PeerAuthentication and DestinationRules that switch mutual TLS off, Sidecar and `exportTo` that
hide it, AuthorizationPolicies and NetworkPolicies that refuse it. Each istiod reads the policies of its own cluster,
so clusters can disagree.
"""

from types import ModuleType

from kubectl_mcdiag.checks.services import (
    authorization_agrees,
    backends_injected,
    backends_take_mutual_tls,
    calls_intercepted,
    calls_taken_by_sidecars,
    destination_rule_export,
    destination_rule_tls,
    endpoints_given,
    endpoints_learned,
    endpoints_ready,
    endpoints_through_gateway,
    gateway_endpoints,
    namespace_sameness,
    network_policy,
    peer_authentication,
    pods_injected,
    ports_agree,
    service_exported,
    service_exports,
    service_kinds,
    service_named,
    service_present,
    sidecar_egress,
    subset_backed,
    target_ports,
)

RULES: tuple[ModuleType, ...] = (
    service_named,
    service_present,
    namespace_sameness,
    service_kinds,
    ports_agree,
    target_ports,
    calls_taken_by_sidecars,
    calls_intercepted,
    endpoints_ready,
    pods_injected,
    backends_injected,
    backends_take_mutual_tls,
    peer_authentication,
    destination_rule_tls,
    destination_rule_export,
    sidecar_egress,
    service_exported,
    service_exports,
    network_policy,
    subset_backed,
    authorization_agrees,
    endpoints_learned,
    gateway_endpoints,
    endpoints_given,
    endpoints_through_gateway,
)

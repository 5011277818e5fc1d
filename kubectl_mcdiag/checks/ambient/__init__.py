"""Ambient mode: enrolment, global services, ambient east-west gateways, waypoints.

Ambient multi-network (alpha) has preconditions of its own: a switch in istiod, Gateways of class `istio-east-west` on
port 15008, services labelled `istio.io/global=true` in every cluster, and one trust domain. Connections of ambient
workloads are known to ztunnel only, which is not read: the configuration is judged, and calls are unknown.
"""

from types import ModuleType

from kubectl_mcdiag.checks.ambient import (
    ambient_enrolment,
    ambient_gateway,
    ambient_ingress,
    ambient_local,
    ambient_scope,
    ambient_shape,
    ambient_sidecars,
    ambient_switch,
    ambient_takes_endpoints,
    ambient_trust_domain,
    ambient_unseen,
    ambient_waypoint,
)

RULES: tuple[ModuleType, ...] = (
    ambient_shape,
    ambient_switch,
    ambient_gateway,
    ambient_sidecars,
    ambient_trust_domain,
    ambient_enrolment,
    ambient_scope,
    ambient_takes_endpoints,
    ambient_waypoint,
    ambient_local,
    ambient_ingress,
    ambient_unseen,
)

"""What is asked of proxies."""

from dataclasses import replace

from kubectl_mcdiag.evidence.commands.common import EXEC, FORWARD, PROXY
from kubectl_mcdiag.evidence.model import Command, Target
from kubectl_mcdiag.evidence.parsers.envoy import config, envoy_endpoints, envoy_listeners, proxy_certificates, stats

PROXY_ENDPOINTS = Command(
    "proxy-endpoints",
    "istioctl",
    ("proxy-config", "endpoint", "{pod}.{namespace}", "-o", "json"),
    envoy_endpoints.parse,
    Target.CLIENT,
    shown=("proxy-config", "endpoint", "{pod}.{namespace}"),
    redact=envoy_endpoints.redact,
    permissions=FORWARD,
    suffix="json",
)
ENVOY_CLUSTERS = Command(
    "envoy-clusters",
    "kubectl",
    (*PROXY, "clusters?format=json"),
    envoy_endpoints.parse,
    Target.CLIENT,
    shown=(*PROXY, "clusters"),
    redact=envoy_endpoints.redact,
    permissions=EXEC,
    suffix="json",
)
# Where packets are lost, an attempt shows only once the next request comes or the last attempt has timed out.
ENVOY_CLUSTERS_LATER = replace(ENVOY_CLUSTERS, key="envoy-clusters-later", pause=1.5, forwarded=PROXY_ENDPOINTS.args)
GATEWAY_LISTENERS = Command(
    "gateway-listeners",
    "kubectl",
    (*PROXY, "config_dump?resource=dynamic_listeners"),
    envoy_listeners.parse,
    Target.GATEWAY,
    redact=envoy_listeners.redact,
    permissions=EXEC,
    suffix="json",
)
GATEWAY_CLUSTERS = replace(
    ENVOY_CLUSTERS, key="gateway-clusters", target=Target.GATEWAY, forwarded=PROXY_ENDPOINTS.args
)
GATEWAY_CLUSTERS_LATER = replace(GATEWAY_CLUSTERS, key="gateway-clusters-later")
PROXY_CERTIFICATES = Command(
    "proxy-certificates",
    "kubectl",
    (*PROXY, "config_dump?resource=dynamic_active_secrets"),
    proxy_certificates.parse,
    Target.CLIENT,
    redact=proxy_certificates.redact,
    permissions=EXEC,
    suffix="json",
    forwarded=("proxy-config", "secret", "{pod}.{namespace}", "-o", "json"),
)
# What one proxy holds about one call: the target is the pod and, after a blank, what it is about.
CLIENT_CONFIG = Command(
    "client-config",
    "kubectl",
    (*PROXY, "{address}"),
    config.parse,
    Target.CLIENT,
    redact=config.redact,
    question=config.about_service,
    permissions=EXEC,
    suffix="json",
)
GATEWAY_CONFIG = replace(CLIENT_CONFIG, key="gateway-config", target=Target.GATEWAY, question=config.about_port)
SERVER_CONFIG = replace(CLIENT_CONFIG, key="server-config", target=Target.SERVER, question=config.about_inbound)
SERVER_DECISIONS = Command(
    "server-decisions",
    "kubectl",
    (*PROXY, stats.QUERY),
    stats.parse,
    Target.SERVER,
    redact=stats.redact,
    permissions=EXEC,
    suffix="json",
)
SERVER_CLUSTERS = replace(
    ENVOY_CLUSTERS, key="server-clusters", target=Target.SERVER, redact=envoy_endpoints.redact_inbound
)

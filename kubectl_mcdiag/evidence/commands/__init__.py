"""Every command that mcdiag can run: read it as a table of contents.

From one entry come the argv, the text that a report prints, the file in a recording, the parser, and the rule in
the published role. All of them only read, but for those that send requests, which `--probe` alone allows.
"""

from typing import Any

from kubectl_mcdiag.evidence.commands.envoy import (
    CLIENT_CONFIG,
    ENVOY_CLUSTERS,
    ENVOY_CLUSTERS_LATER,
    GATEWAY_CLUSTERS,
    GATEWAY_CLUSTERS_LATER,
    GATEWAY_CONFIG,
    GATEWAY_LISTENERS,
    PROXY_CERTIFICATES,
    PROXY_ENDPOINTS,
    SERVER_CLUSTERS,
    SERVER_CONFIG,
    SERVER_DECISIONS,
)
from kubectl_mcdiag.evidence.commands.istiod import (
    CLUSTERZ,
    ENDPOINT_SHARDS,
    EXPORTED_SERVICES,
    ISTIOD_CRASH,
    ISTIOD_LOG,
    NETWORKZ,
    SYNCZ,
)
from kubectl_mcdiag.evidence.commands.kubernetes import (
    CONFIG_MAPS,
    GATEWAY_API,
    ISTIO_CONFIG,
    KUBECONFIG,
    MISPLACED_SECRETS,
    PODS,
    READER,
    RESOURCES,
    SECRETS,
    WORKLOADS,
)
from kubectl_mcdiag.evidence.commands.probes import PROBE_CONNECT, PROBE_REQUESTS
from kubectl_mcdiag.evidence.model import Command

COMMANDS: tuple[Command[Any], ...] = (
    KUBECONFIG,
    RESOURCES,
    PODS,
    SECRETS,
    CONFIG_MAPS,
    ISTIO_CONFIG,
    CLUSTERZ,
    ENDPOINT_SHARDS,
    NETWORKZ,
    SYNCZ,
    EXPORTED_SERVICES,
    PROXY_ENDPOINTS,
    ENVOY_CLUSTERS,
    ENVOY_CLUSTERS_LATER,
    GATEWAY_LISTENERS,
    GATEWAY_CLUSTERS,
    GATEWAY_CLUSTERS_LATER,
    MISPLACED_SECRETS,
    WORKLOADS,
    GATEWAY_API,
    READER,
    ISTIOD_LOG,
    PROBE_REQUESTS,
    PROBE_CONNECT,
    ISTIOD_CRASH,
    PROXY_CERTIFICATES,
    CLIENT_CONFIG,
    GATEWAY_CONFIG,
    SERVER_CLUSTERS,
    SERVER_CONFIG,
    SERVER_DECISIONS,
)

__all__ = (
    "CLIENT_CONFIG",
    "CLUSTERZ",
    "COMMANDS",
    "CONFIG_MAPS",
    "ENDPOINT_SHARDS",
    "ENVOY_CLUSTERS",
    "ENVOY_CLUSTERS_LATER",
    "EXPORTED_SERVICES",
    "GATEWAY_API",
    "GATEWAY_CLUSTERS",
    "GATEWAY_CLUSTERS_LATER",
    "GATEWAY_CONFIG",
    "GATEWAY_LISTENERS",
    "ISTIOD_CRASH",
    "ISTIOD_LOG",
    "ISTIO_CONFIG",
    "KUBECONFIG",
    "MISPLACED_SECRETS",
    "NETWORKZ",
    "PODS",
    "PROBE_CONNECT",
    "PROBE_REQUESTS",
    "PROXY_CERTIFICATES",
    "PROXY_ENDPOINTS",
    "READER",
    "RESOURCES",
    "SECRETS",
    "SERVER_CLUSTERS",
    "SERVER_CONFIG",
    "SERVER_DECISIONS",
    "SYNCZ",
    "WORKLOADS",
)

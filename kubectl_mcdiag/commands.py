"""Every command that mcdiag can run: read it as a table of contents.

From one entry come the argv, the text that a report prints, the file in a recording, the parser, and the rule in
the published role. All of them only read, but for those that send requests, which `--probe` alone allows.
"""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.evidence import Command, Permission, Target
from kubectl_mcdiag.parsers import (
    clusterz,
    configmaps,
    connect,
    endpoint_shards,
    envoy_endpoints,
    envoy_listeners,
    exported_services,
    gateway_api,
    istio_config,
    istiod_crash,
    istiod_log,
    kubeconfig,
    misplaced_secrets,
    networkz,
    pods,
    proxy_certificates,
    reader,
    requests,
    resources,
    secrets,
    syncz,
    workloads,
)
from kubectl_mcdiag.parsers.failures import masked

_NETWORKING = "networking.istio.io"
_RBAC = "rbac.authorization.k8s.io"
# kubectl asks by GET since 1.31 (WebSocket), by POST before; API servers of 1.35 want `create` for either.
_EXEC = (Permission("get", "pods"), Permission("create", "pods/exec"), Permission("get", "pods/exec"))
_FORWARD = (Permission("get", "pods"), Permission("create", "pods/portforward"), Permission("get", "pods/portforward"))
_SYSTEM = ("-n", "{istio_namespace}")
_ISTIOD = ("exec", *_SYSTEM, "{pod}", "-c", "discovery", "--", "pilot-discovery", "request", "GET")
_PROXY = ("exec", "-n", "{namespace}", "{pod}", "-c", "istio-proxy", "--", "pilot-agent", "request", "GET")
_SHELL = ("exec", "-n", "{namespace}", "{pod}", "--", "sh", "-c")

KUBECONFIG = Command(
    "kubeconfig",
    "kubectl",
    ("config", "view", "-o", "json"),
    kubeconfig.parse,
    shown=("config", "get-contexts"),
    redact=kubeconfig.redact,
    suffix="json",
)
RESOURCES = Command(
    "resources",
    "kubectl",
    (
        "get",
        "namespaces,nodes,services,endpointslices,mutatingwebhookconfigurations,networkpolicies",
        "-A",
        "-o",
        "json",
    ),
    resources.parse,
    redact=resources.redact,
    permissions=(
        Permission("list", "namespaces"),
        Permission("list", "nodes"),
        Permission("list", "services"),
        Permission("list", "endpointslices", "discovery.k8s.io"),
        Permission("list", "mutatingwebhookconfigurations", "admissionregistration.k8s.io"),
        Permission("list", "networkpolicies", "networking.k8s.io"),
    ),
    suffix="json",
)
PODS = Command(
    "pods",
    "kubectl",
    ("get", "pods", "-A", "-o", f"jsonpath={pods.TEMPLATE}"),
    pods.parse,
    shown=("get", "pods", "-A", "-o", "wide"),
    redact=pods.redact,
    permissions=(Permission("list", "pods"),),
)
SECRETS = Command(
    "secrets",
    "kubectl",
    (*_SYSTEM, "get", "secrets", "-o", f"go-template={secrets.TEMPLATE}"),
    secrets.parse,
    shown=(*_SYSTEM, "get", "secrets", "--show-labels"),
    redact=secrets.redact,
    permissions=(Permission("list", "secrets", namespaced=True),),
    suffix="jsonl",
)
CONFIG_MAPS = Command(
    "configmaps",
    "kubectl",
    (*_SYSTEM, "get", "configmaps", "-o", "json"),
    configmaps.parse,
    redact=configmaps.redact,
    permissions=(Permission("list", "configmaps", namespaced=True),),
    suffix="json",
)
ISTIO_CONFIG = Command(
    "istio-config",
    "kubectl",
    (
        "get",
        "gateways.networking.istio.io,destinationrules.networking.istio.io,virtualservices.networking.istio.io,"
        "sidecars.networking.istio.io,peerauthentications.security.istio.io,authorizationpolicies.security.istio.io",
        "-A",
        "-o",
        "json",
    ),
    istio_config.parse,
    redact=istio_config.redact,
    permissions=(
        Permission("list", "gateways", _NETWORKING),
        Permission("list", "destinationrules", _NETWORKING),
        Permission("list", "virtualservices", _NETWORKING),
        Permission("list", "sidecars", _NETWORKING),
        Permission("list", "peerauthentications", "security.istio.io"),
        Permission("list", "authorizationpolicies", "security.istio.io"),
    ),
    suffix="json",
)
CLUSTERZ = Command(
    "clusterz",
    "kubectl",
    (*_ISTIOD, "/debug/clusterz"),
    clusterz.parse,
    Target.ISTIOD,
    permissions=_EXEC,
    suffix="json",
)
ENDPOINT_SHARDS = Command(
    "endpoint-shards",
    "kubectl",
    (*_ISTIOD, "/debug/endpointShardz"),
    endpoint_shards.parse,
    Target.ISTIOD,
    redact=endpoint_shards.redact,
    permissions=_EXEC,
    suffix="json",
)
NETWORKZ = Command(
    "networkz",
    "kubectl",
    (*_ISTIOD, "/debug/networkz"),
    networkz.parse,
    Target.ISTIOD,
    permissions=_EXEC,
    suffix="json",
)
SYNCZ = Command(
    "syncz",
    "kubectl",
    (*_ISTIOD, "/debug/syncz"),
    syncz.parse,
    Target.ISTIOD,
    redact=syncz.redact,
    permissions=_EXEC,
    suffix="json",
)
EXPORTED_SERVICES = Command(
    "exported-services",
    "kubectl",
    (*_ISTIOD, "/debug/mcsz"),
    exported_services.parse,
    Target.ISTIOD,
    redact=exported_services.redact,
    permissions=_EXEC,
    suffix="json",
)
PROXY_ENDPOINTS = Command(
    "proxy-endpoints",
    "istioctl",
    ("proxy-config", "endpoint", "{pod}.{namespace}", "-o", "json"),
    envoy_endpoints.parse,
    Target.CLIENT,
    shown=("proxy-config", "endpoint", "{pod}.{namespace}"),
    redact=envoy_endpoints.redact,
    permissions=_FORWARD,
    suffix="json",
)
ENVOY_CLUSTERS = Command(
    "envoy-clusters",
    "kubectl",
    (*_PROXY, "clusters?format=json"),
    envoy_endpoints.parse,
    Target.CLIENT,
    shown=(*_PROXY, "clusters"),
    redact=envoy_endpoints.redact,
    permissions=_EXEC,
    suffix="json",
)
# Where packets are lost, an attempt shows only once the next request comes or the last attempt has timed out.
ENVOY_CLUSTERS_LATER = replace(ENVOY_CLUSTERS, key="envoy-clusters-later", pause=1.5)
GATEWAY_LISTENERS = Command(
    "gateway-listeners",
    "kubectl",
    (*_PROXY, "config_dump?resource=dynamic_listeners"),
    envoy_listeners.parse,
    Target.GATEWAY,
    redact=envoy_listeners.redact,
    permissions=_EXEC,
    suffix="json",
)
GATEWAY_CLUSTERS = replace(ENVOY_CLUSTERS, key="gateway-clusters", target=Target.GATEWAY)
GATEWAY_CLUSTERS_LATER = replace(ENVOY_CLUSTERS, key="gateway-clusters-later", target=Target.GATEWAY)
MISPLACED_SECRETS = Command(
    "misplaced-secrets",
    "kubectl",
    ("get", "secrets", "-A", "-l", "istio/multiCluster=true", "-o", f"jsonpath={misplaced_secrets.TEMPLATE}"),
    misplaced_secrets.parse,
    shown=("get", "secrets", "-A", "-l", "istio/multiCluster=true"),
    permissions=(Permission("list", "secrets"),),
)
WORKLOADS = Command(
    "workloads",
    "kubectl",
    ("get", "deployments.apps,statefulsets.apps", "-A", "-o", f"jsonpath={workloads.TEMPLATE}"),
    workloads.parse,
    shown=("get", "deployments,statefulsets", "-A"),
    permissions=(Permission("list", "deployments", "apps"), Permission("list", "statefulsets", "apps")),
)
GATEWAY_API = Command(
    "gateway-api",
    "kubectl",
    ("get", "--raw", "/apis/gateway.networking.k8s.io/v1/gateways"),
    gateway_api.parse,
    shown=("get", "gateways.gateway.networking.k8s.io", "-A"),
    redact=gateway_api.redact,
    permissions=(Permission("list", "gateways", "gateway.networking.k8s.io"),),
    suffix="json",
)
READER = Command(
    "reader",
    "kubectl",
    (*_SYSTEM, "get", "serviceaccounts,clusterroles,clusterrolebindings", "-o", f"jsonpath={reader.TEMPLATE}"),
    reader.parse,
    shown=(*_SYSTEM, "get", "serviceaccounts,clusterroles,clusterrolebindings", "-l", "app=istio-reader"),
    redact=reader.redact,
    permissions=(
        Permission("list", "serviceaccounts", namespaced=True),
        Permission("list", "clusterroles", _RBAC),
        Permission("list", "clusterrolebindings", _RBAC),
    ),
)
ISTIOD_LOG = Command(
    "istiod-log",
    "kubectl",
    (*_SYSTEM, "logs", "{pod}", "-c", "discovery", "--tail=5000"),
    istiod_log.parse,
    Target.ISTIOD,
    redact=istiod_log.redact,
    permissions=(Permission("get", "pods"), Permission("get", "pods/log")),
    suffix="log",
)
PROBE_REQUESTS = Command(
    "probe-requests",
    "kubectl",
    (*_SHELL, requests.SCRIPT, "{address}"),
    requests.parse,
    Target.CALLER,
    shown=(*_SHELL, requests.SHOWN, "{address}"),
    redact=requests.redact,
    permissions=_EXEC,
    sends_requests=True,
)
PROBE_CONNECT = Command(
    "probe-connect",
    "kubectl",
    (*_SHELL, connect.SCRIPT, "{address}"),
    connect.parse,
    Target.CALLER,
    shown=("exec", "-n", "{namespace}", "{pod}", "--", "curl", "-sS", "-m", "5", "{address}"),
    redact=masked,
    permissions=_EXEC,
    sends_requests=True,
)
ISTIOD_CRASH = Command(
    "istiod-crash",
    "kubectl",
    (*_SYSTEM, "logs", "{pod}", "-c", "discovery", "--previous", "--tail=200"),
    istiod_crash.parse,
    Target.ISTIOD,
    redact=istiod_crash.redact,
    permissions=(Permission("get", "pods"), Permission("get", "pods/log")),
    suffix="log",
)
PROXY_CERTIFICATES = Command(
    "proxy-certificates",
    "kubectl",
    (*_PROXY, "config_dump?resource=dynamic_active_secrets"),
    proxy_certificates.parse,
    Target.CLIENT,
    redact=proxy_certificates.redact,
    permissions=_EXEC,
    suffix="json",
)

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
)

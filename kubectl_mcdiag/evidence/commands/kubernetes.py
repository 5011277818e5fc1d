"""What is asked of the API server."""

from kubectl_mcdiag.evidence.commands.common import NETWORKING, RBAC, SYSTEM
from kubectl_mcdiag.evidence.model import Command, Permission
from kubectl_mcdiag.evidence.parsers.kubernetes import (
    configmaps,
    gateway_api,
    istio_config,
    kubeconfig,
    misplaced_secrets,
    pods,
    reader,
    resources,
    secrets,
    workloads,
)

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
    (*SYSTEM, "get", "secrets", "-o", f"go-template={secrets.TEMPLATE}"),
    secrets.parse,
    shown=(*SYSTEM, "get", "secrets", "--show-labels"),
    redact=secrets.redact,
    permissions=(Permission("list", "secrets", namespaced=True),),
    suffix="jsonl",
)
CONFIG_MAPS = Command(
    "configmaps",
    "kubectl",
    (*SYSTEM, "get", "configmaps", "{names}", "--ignore-not-found", "-o", "json"),
    configmaps.parse,
    redact=configmaps.redact,
    permissions=(Permission("get", "configmaps", namespaced=True, names=configmaps.NAMES),),
    suffix="json",
)
ISTIO_CONFIG = Command(
    "istio-config",
    "kubectl",
    (
        "get",
        "gateways.networking.istio.io,destinationrules.networking.istio.io,virtualservices.networking.istio.io,"
        "sidecars.networking.istio.io,serviceentries.networking.istio.io,"
        "envoyfilters.networking.istio.io,peerauthentications.security.istio.io,"
        "authorizationpolicies.security.istio.io,requestauthentications.security.istio.io",
        "-A",
        "-o",
        "json",
    ),
    istio_config.parse,
    redact=istio_config.redact,
    permissions=(
        Permission("list", "gateways", NETWORKING),
        Permission("list", "destinationrules", NETWORKING),
        Permission("list", "virtualservices", NETWORKING),
        Permission("list", "sidecars", NETWORKING),
        Permission("list", "serviceentries", NETWORKING),
        Permission("list", "envoyfilters", NETWORKING),
        Permission("list", "peerauthentications", "security.istio.io"),
        Permission("list", "authorizationpolicies", "security.istio.io"),
        Permission("list", "requestauthentications", "security.istio.io"),
    ),
    suffix="json",
)
MISPLACED_SECRETS = Command(
    "misplaced-secrets",
    "kubectl",
    ("get", "secrets", "-A", "-l", "istio/multiCluster=true", "-o", f"jsonpath={misplaced_secrets.TEMPLATE}"),
    misplaced_secrets.parse,
    shown=("get", "secrets", "-A", "-l", "istio/multiCluster=true"),
    redact=misplaced_secrets.redact,
    permissions=(Permission("list", "secrets"),),
)
WORKLOADS = Command(
    "workloads",
    "kubectl",
    ("get", "deployments.apps,statefulsets.apps", "-A", "-o", f"jsonpath={workloads.TEMPLATE}"),
    workloads.parse,
    shown=("get", "deployments,statefulsets", "-A"),
    redact=workloads.redact,
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
    (*SYSTEM, "get", "serviceaccounts,clusterroles,clusterrolebindings", "-o", f"jsonpath={reader.TEMPLATE}"),
    reader.parse,
    shown=(*SYSTEM, "get", "serviceaccounts,clusterroles,clusterrolebindings", "-l", "app=istio-reader"),
    redact=reader.redact,
    permissions=(
        Permission("list", "serviceaccounts", namespaced=True),
        Permission("list", "clusterroles", RBAC),
        Permission("list", "clusterrolebindings", RBAC),
    ),
)
